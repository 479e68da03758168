import { setImmediate } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { ArchiveError } from './archive-error.ts';
import { checkArchivePath, createPathRegister } from './archive-path.ts';
import { createIgnoreFilter, ignoreFileName } from './ignore-rules.ts';
import type { IgnoreFile } from './ignore-rules.ts';
import { defaultArchiveLimits, writeTarball } from './tarball.ts';
import type { ArchiveFile, ArchiveLimits, UnpackedFile } from './tarball.ts';

/** A file or link of a source tree; `GitTree` of src/engines/git has these. */
export interface SourceEntry {
  /** Relative, `/`-separated. */
  path: string;
  kind: 'file' | 'executable' | 'symlink';
}

/** A tree of files that can be listed at once and read in any order. */
export interface SourceTree<Entry extends SourceEntry> {
  entries(): Iterable<Entry>;
  /** Contents, in the given order; each is read or dropped before the next is asked for. */
  readFiles(
    entries: readonly Entry[],
  ): AsyncIterable<{ entry: Entry; size: number; content: AsyncIterable<Buffer> }>;
}

/** Files of another artifact, laid over the tree below `toPath`. */
export interface Overlay {
  files: readonly UnpackedFile[];
  /** Directory of the other artifact that is taken; empty for all of it. */
  fromPath: string;
  /** Directory it goes to; empty for the root. */
  toPath: string;
}

export interface ArchiveRequest<Entry extends SourceEntry> {
  tree: SourceTree<Entry>;
  /** `spec.ignore`. */
  ignore?: string | undefined;
  overlays?: readonly Overlay[];
  into: Writable;
  limits?: ArchiveLimits;
  signal?: AbortSignal | undefined;
}

/** Something that will be a file of the archive. */
type Item<Entry> = { path: string } & ({ entry: Entry } | { file: UnpackedFile });

/**
 * Writes the normalised tarball of a tree: overlays laid over it (they win over files of the tree,
 * later ones over earlier ones), then ignore rules applied to everything; symbolic links dropped.
 * The same contents give the same bytes. Throws ArchiveError; the tree's own errors pass.
 */
export async function archiveTree<Entry extends SourceEntry>(
  request: ArchiveRequest<Entry>,
): Promise<void> {
  const { tree, ignore, into, limits = defaultArchiveLimits, signal } = request;
  const items = collectItems(tree, request.overlays ?? [], limits);
  const isIgnored = createIgnoreFilter(await readIgnoreFiles(tree, items), ignore);
  const kept: Item<Entry>[] = [];
  const takeBreath = createBreather(signal);
  for (const item of items.values()) {
    if (!isIgnored(item.path)) kept.push(item);
    await takeBreath();
  }
  kept.sort(byPath);
  const register = createPathRegister();
  for (const { path } of kept) register(checkArchivePath(path));
  await writeTarball(readItems(tree, kept), into, limits);
}

function collectItems<Entry extends SourceEntry>(
  tree: SourceTree<Entry>,
  overlays: readonly Overlay[],
  { maxFiles }: ArchiveLimits,
): Map<string, Item<Entry>> {
  const items = new Map<string, Item<Entry>>();
  for (const entry of tree.entries()) {
    if (entry.kind === 'symlink') continue;
    const { path } = entry;
    if (items.has(path)) throw new ArchiveError('unsafe-entry', `'${path}' is there twice`);
    items.set(path, { path, entry });
    if (items.size > maxFiles) {
      throw new ArchiveError('too-large', `the artifact has more than ${maxFiles} files`);
    }
  }
  for (const overlay of overlays) {
    for (const { path, file } of layOver(overlay)) items.set(path, { path, file });
  }
  return items;
}

function layOver({ files, fromPath, toPath }: Overlay): { path: string; file: UnpackedFile }[] {
  const prefix = fromPath === '' ? '' : `${fromPath}/`;
  const taken = files.filter(({ path }) => path.startsWith(prefix));
  if (taken.length === 0 && fromPath !== '') {
    throw new ArchiveError(
      'missing-path',
      `the included artifact has no directory '${fromPath}': correct spec.include`,
    );
  }
  return taken.map((file) => {
    const rest = file.path.slice(prefix.length);
    return { path: toPath === '' ? rest : `${toPath}/${rest}`, file };
  });
}

const maxIgnoreFileBytes = 256 * 1024;
const maxIgnoreFiles = 1000;

async function readIgnoreFiles<Entry extends SourceEntry>(
  tree: SourceTree<Entry>,
  items: ReadonlyMap<string, Item<Entry>>,
): Promise<IgnoreFile[]> {
  const suffix = `/${ignoreFileName}`;
  const found = [...items.values()].filter(({ path }) => `/${path}`.endsWith(suffix));
  if (found.length > maxIgnoreFiles) {
    throw new ArchiveError('invalid-ignore', `more than ${maxIgnoreFiles} ${ignoreFileName} files`);
  }
  const files: IgnoreFile[] = [];
  for await (const { path, size, content } of readItems(tree, found)) {
    if (size > maxIgnoreFileBytes) {
      throw new ArchiveError(
        'invalid-ignore',
        `${path} is larger than ${maxIgnoreFileBytes} bytes`,
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const directory = path.slice(0, Math.max(0, path.length - suffix.length));
    files.push({ directory, text: Buffer.concat(chunks).toString('utf8') });
  }
  return files;
}

/** Files in the order of `items`, one of them open at a time. */
async function* readItems<Entry extends SourceEntry>(
  tree: SourceTree<Entry>,
  items: readonly Item<Entry>[],
): AsyncGenerator<ArchiveFile> {
  const entries = items.flatMap((item) => ('entry' in item ? [item.entry] : []));
  const contents = tree.readFiles(entries)[Symbol.asyncIterator]();
  try {
    for (const item of items) {
      if ('file' in item) {
        yield inMemory(item.path, item.file);
        continue;
      }
      const next = await contents.next();
      if (next.done) throw new Error(`the tree ends before '${item.path}'`);
      const { size, content } = next.value;
      yield { path: item.path, executable: item.entry.kind === 'executable', size, content };
    }
  } finally {
    await contents.return?.();
  }
}

function inMemory(path: string, { executable, content }: UnpackedFile): ArchiveFile {
  return { path, executable, size: content.length, content: once(content) };
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

/** By code unit: the same on every machine, unlike a locale's order. */
function byPath(left: { path: string }, right: { path: string }): number {
  if (left.path === right.path) return 0;
  return left.path < right.path ? -1 : 1;
}

const longestHoldMs = 20;

/** Lets others run now and then: many files times many patterns must not hold the event loop. */
function createBreather(signal: AbortSignal | undefined): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < longestHoldMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    since = performance.now();
  };
}
