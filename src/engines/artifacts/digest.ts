import { createHash, getHashes, type Hash } from 'node:crypto';
import { ArtifactError } from './artifact-error.ts';

/** Algorithms of `--artifact-digest-algo`. */
export const digestAlgorithms = ['sha256', 'sha384', 'sha512', 'blake3'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** A running digest. Throws ArtifactError (`unsupported-digest`) for one this Node.js lacks. */
export function startDigest(algorithm: string): Hash {
  const known = digestAlgorithms.some((name) => name === algorithm);
  if (!known || !getHashes().includes(algorithm)) {
    const usable = digestAlgorithms.filter((name) => getHashes().includes(name)).join(', ');
    throw new ArtifactError(
      'unsupported-digest',
      `digest algorithm '${algorithm}' is not available: use one of ${usable}`,
    );
  }
  return createHash(algorithm);
}

/** `sha256:<hex>`. */
export function formatDigest(algorithm: string, hash: Hash): string {
  return `${algorithm}:${hash.digest('hex')}`;
}

/** Parts of `<algorithm>:<hex>`; undefined if it is not one. */
export function parseDigest(digest: string): { algorithm: string; hex: string } | undefined {
  const match = /^([a-z0-9]+):([0-9a-f]{32,128})$/.exec(digest);
  return match ? { algorithm: match[1] ?? '', hex: match[2] ?? '' } : undefined;
}
