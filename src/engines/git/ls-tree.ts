import { GitError } from './git-error.ts';
import { errorFromGit } from './error-from-git.ts';
import type { GitProgram } from './git-program.ts';

/** A line of a commit's tree, before anything is decided about it. */
export interface RawEntry {
  kind: 'file' | 'executable' | 'symlink' | 'submodule';
  /** Relative, `/`-separated. */
  path: string;
  oid: string;
}

export interface ListTreeOptions {
  gitDir: string;
  commit: string;
  /** Only these files, and what is below these directories (`dir/`); everything when empty. */
  paths?: readonly string[];
  /** Files and directories together. */
  maxEntries: number;
  signal?: AbortSignal | undefined;
}

const kinds: Readonly<Record<string, RawEntry['kind']>> = {
  '100644': 'file',
  // Written by ancient clients; Git reads it as a plain file.
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
};

const maxPathBytes = 4096;

/**
 * Streams the files of a commit, directories left out. Throws `unsafe-content` for a path that
 * leaves the tree, `too-large` beyond `maxEntries` (a few objects can describe billions of paths).
 */
export async function* listTree(
  program: GitProgram,
  { gitDir, commit, paths = [], maxEntries, signal }: ListTreeOptions,
): AsyncGenerator<RawEntry> {
  // -t names directories too, so that a tree of empty trees is counted.
  const args = ['ls-tree', '-r', '-t', '-z', '--full-tree', commit, ...paths];
  const child = program.start({ args, gitDir, signal });
  child.stdin.end();
  let count = 0;
  try {
    for await (const record of readRecords(child.stdout)) {
      count += 1;
      if (count > maxEntries) {
        throw new GitError('too-large', `the tree has more than ${maxEntries} entries`);
      }
      const entry = parseRecord(record);
      if (!entry) continue;
      if (!isInsideGitDirectory(entry.path)) yield entry;
    }
    const exit = await child.exit;
    signal?.throwIfAborted();
    if (exit.code !== 0) throw errorFromGit({ ...exit, stdout: Buffer.alloc(0) }, {});
  } finally {
    child.kill();
  }
}

/** NUL-terminated records, each bounded. */
async function* readRecords(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      const part = chunk.subarray(start, end);
      yield rest.length > 0 ? Buffer.concat([rest, part]) : part;
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(start)]);
    if (rest.length > maxPathBytes + 64) {
      throw new GitError('too-large', `the tree has a path longer than ${maxPathBytes} bytes`);
    }
  }
}

/** Undefined for directories; `<mode> <type> <oid>\t<path>`. */
function parseRecord(record: Buffer): RawEntry | undefined {
  const tab = record.indexOf(9);
  const [mode = '', type, oid = ''] = record.subarray(0, tab).toString('latin1').split(' ');
  const path = record.subarray(tab + 1).toString();
  if (record.length - tab > maxPathBytes) {
    throw new GitError('too-large', `the tree has a path longer than ${maxPathBytes} bytes`);
  }
  if (path.split('/').some((name) => name === '' || name === '.' || name === '..')) {
    throw unsafe(path);
  }
  const kind = kinds[mode];
  if (type === 'tree' || kind === undefined) return undefined;
  return { kind, path, oid };
}

/** No honest tree has a `.git`; whoever unpacks one gets a repository of the attacker's choice. */
function isInsideGitDirectory(path: string): boolean {
  return path.split('/').some((name) => name.toLowerCase() === '.git');
}

function unsafe(path: string): GitError {
  const shown = path.replace(/\p{Cc}/gu, '?').slice(0, 100);
  return new GitError('unsafe-content', `the repository has a path that leaves it: '${shown}'`);
}
