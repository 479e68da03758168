import { GitError } from './git-error.ts';

const maxDirectories = 1000;

/**
 * The directories of `spec.sparseCheckout`, without `./` and trailing slashes. Empty when the
 * whole tree is meant. Throws `sparse-path-missing` for a path no tree can contain.
 */
export function normalizeSparsePaths(directories: readonly string[] = []): string[] {
  if (directories.length > maxDirectories) {
    throw new GitError('too-large', `more than ${maxDirectories} sparse checkout directories`);
  }
  const clean = directories.map((directory) => {
    const parts = directory.split('/').filter((part) => part !== '' && part !== '.');
    if (directory.startsWith('/') || parts.includes('..') || /\p{Cc}/u.test(directory)) {
      throw missing(directory);
    }
    return parts.join('/');
  });
  return clean.includes('') ? [] : [...new Set(clean)].sort();
}

/** Throws when a directory has nothing below it among `paths`. */
export function checkSparsePaths(directories: readonly string[], paths: Iterable<string>): void {
  const wanted = new Set(directories);
  for (const path of paths) {
    if (wanted.size === 0) return;
    for (const directory of wanted) {
      if (path.startsWith(`${directory}/`)) wanted.delete(directory);
    }
  }
  for (const directory of wanted) throw missing(directory);
}

function missing(directory: string): GitError {
  const shown = directory.replace(/\p{Cc}/gu, '?').slice(0, 200);
  return new GitError(
    'sparse-path-missing',
    `the repository has no directory '${shown}': correct spec.sparseCheckout`,
  );
}
