import { admits } from './comparator.ts';
import type { Comparator } from './comparator.ts';
import { parseRange } from './parse-range.ts';
import type { Version } from './version.ts';

/** A version range in the syntax of Masterminds/semver v3, which Flux users write. */
export interface VersionRange {
  includes(version: Version): boolean;
}

/**
 * Understands `>=1.2 <2, 1.x || ~3.4`: spaces and commas mean and, `||` or; `= != > < >= <= ~ ^`,
 * wildcards `x X *`, hyphen ranges `1.2 - 2`. A prerelease is included only by an and-group that
 * itself mentions a prerelease. Undefined when the text is not a range.
 */
export function compileRange(text: string): VersionRange | undefined {
  const groups = parseRange(text);
  if (!groups) return undefined;
  return { includes: (version) => groups.some((group) => admitsAll(group, version)) };
}

function admitsAll(group: readonly Comparator[], version: Version): boolean {
  const wantsPrereleases = group.some(({ base }) => base.prerelease.length > 0);
  if (version.prerelease.length > 0 && !wantsPrereleases) return false;
  return group.every((comparator) => admits(comparator, version));
}
