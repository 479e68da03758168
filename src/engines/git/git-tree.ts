import type { Commit } from './commit.ts';
import { GitError } from './git-error.ts';
import type { RawEntry } from './ls-tree.ts';
import type { GitProgram } from './git-program.ts';
import type { MirrorLease } from './mirror-slot.ts';
import { readBlobs } from './read-blobs.ts';

/** A file of a fetched tree. */
export interface TreeEntry {
  /** Relative to the tree's root, `/`-separated; never `..`, never below a `.git`. */
  path: string;
  kind: 'file' | 'executable' | 'symlink';
  /** Names the content. */
  oid: string;
  /** The mirror that holds the content. */
  gitDir: string;
}

/** An entry whose content is being read; read or drop it before taking the next. */
export interface TreeFile {
  entry: TreeEntry;
  /** Bytes. */
  size: number;
  content: AsyncIterable<Buffer>;
}

/** A commit's files, read from bare mirrors: nothing is ever checked out. */
export interface GitTree extends AsyncDisposable {
  readonly commit: Commit;
  /** Files and symlinks in Git's order, submodules after the tree they belong to. */
  entries(): Iterable<TreeEntry>;
  /** Streams many files, in the given order. */
  readFiles(entries: readonly TreeEntry[]): AsyncIterable<TreeFile>;
  readBlob(entry: TreeEntry): Promise<Buffer>;
}

/** One mirror's share of a tree. */
export interface TreePart {
  lease: MirrorLease;
  /** Where it is mounted: empty, or a submodule's path with a trailing slash. */
  prefix: string;
  entries: readonly RawEntry[];
}

export interface TreeLimits {
  program: GitProgram;
  maxBlobBytes: number;
  signal?: AbortSignal | undefined;
}

/** A tree over its parts; disposing it lets the mirrors go. */
export function createGitTree(
  commit: Commit,
  parts: readonly TreePart[],
  limits: TreeLimits,
): GitTree {
  const { program, maxBlobBytes, signal } = limits;
  const leases = new Map(parts.map(({ lease }) => [lease.mirror.directory, lease]));

  async function* readFiles(wanted: readonly TreeEntry[]): AsyncGenerator<TreeFile> {
    for (const run of runsOf(wanted)) {
      const gitDir = run[0]?.gitDir ?? '';
      const oids = run.map(({ oid }) => oid);
      let index = 0;
      for await (const blob of readBlobs(program, oids, { gitDir, maxBlobBytes, signal })) {
        const entry = run[index];
        index += 1;
        if (entry) yield { entry, size: blob.size, content: blob.content };
      }
    }
  }
  /** What is found damaged while it is read is not read again. */
  async function* noticingDamage<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* source;
    } catch (error) {
      if (error instanceof GitError && error.code === 'corrupt') {
        for (const lease of leases.values()) lease.retire();
      }
      throw error;
    }
  }

  const tree: GitTree = {
    commit,
    entries: () => parts.values().flatMap(entriesOf),
    readFiles: (wanted) => noticingDamage(readFiles(wanted)),
    async readBlob(entry) {
      const chunks: Buffer[] = [];
      for await (const { content } of tree.readFiles([entry])) {
        for await (const chunk of content) chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(parts.map(({ lease }) => lease[Symbol.asyncDispose]()));
    },
  };
  return tree;
}

function* entriesOf({ lease, prefix, entries }: TreePart): Generator<TreeEntry> {
  const gitDir = lease.mirror.directory;
  for (const { path, kind, oid } of entries) {
    if (kind !== 'submodule') yield { path: prefix + path, kind, oid, gitDir };
  }
}

/** Consecutive entries of one mirror. */
function runsOf(entries: readonly TreeEntry[]): TreeEntry[][] {
  const runs: TreeEntry[][] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    if (last?.[0]?.gitDir === entry.gitDir) last.push(entry);
    else runs.push([entry]);
  }
  return runs;
}
