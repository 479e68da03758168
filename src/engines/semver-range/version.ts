import { type SemVer, compare, parse } from 'semver';

/** A semantic version; compare with {@link compareVersions}. */
export type Version = Pick<SemVer, 'major' | 'minor' | 'patch' | 'prerelease' | 'version'>;

/**
 * Reads `1.2.3`, `v1.2.3`, with prerelease and build metadata: all three numbers are required, as
 * Flux reads tags. Undefined for anything else.
 */
export function parseVersion(text: string): Version | undefined {
  // The library also takes `=1.2.3` and surrounding spaces.
  if (!/^v?[0-9]/.test(text) || text.length > 256) return undefined;
  return parse(text.replace(/^v/, '')) ?? undefined;
}

/** Precedence by semver 2.0 (build metadata does not count): negative, zero or positive. */
export function compareVersions(left: Version, right: Version): number {
  return compare(left.version, right.version);
}
