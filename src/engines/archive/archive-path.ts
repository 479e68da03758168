import { ArchiveError } from './archive-error.ts';

const maxPathBytes = 4096;

/**
 * The one form of a path inside an archive: relative, `/`-separated, no empty, `.` or `..` parts,
 * no control characters, valid UTF-8. Throws `unsafe-entry`.
 */
export function checkArchivePath(path: string): string {
  const isSafe =
    Buffer.byteLength(path) <= maxPathBytes &&
    !/[\p{Cc}\\\uFFFD]/u.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isSafe) throw unsafe(path, 'is not allowed in an artifact');
  return path;
}

/** Notices a path that is there twice, or is a file here and a directory there. */
export function createPathRegister(): (path: string) => void {
  const files = new Set<string>();
  const directories = new Set<string>();
  return (path) => {
    if (files.has(path) || directories.has(path)) throw unsafe(path, 'is there twice');
    files.add(path);
    for (const directory of parentsOf(path)) {
      if (files.has(directory)) throw unsafe(directory, 'is a file and a directory');
      directories.add(directory);
    }
  };
}

/** `a/b/c` → `a`, `a/b`. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    parents.push(path.slice(0, slash));
  }
  return parents;
}

function unsafe(path: string, why: string): ArchiveError {
  const shown = path.replace(/\p{Cc}/gu, '?').slice(0, 100);
  return new ArchiveError('unsafe-entry', `the path '${shown}' ${why}`);
}
