import { once } from 'node:events';
import { Transform } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { ArchiveError } from './archive-error.ts';
import { checkArchivePath, parentsOf } from './archive-path.ts';

/** A regular file on its way into an archive. */
export interface ArchiveFile {
  /** Relative, `/`-separated. */
  path: string;
  executable: boolean;
  /** Bytes that `content` will give. */
  size: number;
  content: AsyncIterable<Buffer>;
}

/** A file taken out of an archive, whole. */
export interface UnpackedFile {
  path: string;
  executable: boolean;
  content: Buffer;
}

export interface ArchiveLimits {
  maxFiles: number;
  /** Of all contents, unpacked. */
  maxBytes: number;
}

export const defaultArchiveLimits: ArchiveLimits = { maxFiles: 500_000, maxBytes: 2 ** 31 };

const modes = { file: 0o600, executable: 0o700, directory: 0o750 };
const anonymous = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) };

/**
 * Writes a gzip tarball that depends on nothing but paths, executable bits and contents: no owners,
 * no times, fixed modes. `files` must come sorted by path; their directories are added. Streams:
 * one file is in flight at a time. Does not end `into`.
 */
export async function writeTarball(
  files: AsyncIterable<ArchiveFile>,
  into: Writable,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, gatherChunks(), createGzip(), into, { end: false });
  // When `into` fails, packing must not wait for room that never comes.
  written.catch((error: unknown) => tar.destroy(error as Error));
  try {
    await packAll(tar, files, limits);
    tar.finalize();
    await written;
  } catch (error) {
    tar.destroy(error as Error);
    // The reader's failure is the cause; the packer only saw the pipe break.
    await written;
    throw error;
  }
}

const gatherBytes = 128 * 1024;

/** Compresses in large pieces: tar writes three small ones per file, each a trip to a thread. */
function gatherChunks(): Transform {
  let chunks: Buffer[] = [];
  let total = 0;
  const take = () => {
    const whole = Buffer.concat(chunks);
    chunks = [];
    total = 0;
    return whole;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= gatherBytes) this.push(take());
      next();
    },
    flush(next) {
      this.push(take());
      next();
    },
  });
}

async function packAll(
  tar: Pack,
  files: AsyncIterable<ArchiveFile>,
  limits: ArchiveLimits,
): Promise<void> {
  const count = createCounter(limits);
  const directories = new Set<string>();
  for await (const file of files) {
    count(file.size);
    checkArchivePath(file.path);
    for (const directory of parentsOf(file.path)) {
      if (directories.has(directory)) continue;
      directories.add(directory);
      const name = `${directory}/`;
      tar.entry({ ...anonymous, name, type: 'directory', mode: modes.directory });
    }
    await packFile(tar, file);
  }
}

async function packFile(tar: Pack, file: ArchiveFile): Promise<void> {
  const mode = file.executable ? modes.executable : modes.file;
  const header = { ...anonymous, name: file.path, type: 'file', mode, size: file.size } as const;
  let failure: unknown;
  const entry = tar.entry(header, (error) => (failure = error));
  const closed = once(entry, 'close');
  closed.catch(() => {});
  for await (const chunk of file.content) {
    if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), closed]);
    if (entry.destroyed) break;
  }
  entry.end(undefined);
  await closed;
  if (failure) throw failure as Error;
}

function createCounter({ maxFiles, maxBytes }: ArchiveLimits): (bytes: number) => void {
  let files = 0;
  let bytes = 0;
  return (size) => {
    files += 1;
    bytes += size;
    if (files > maxFiles) throw tooLarge(`more than ${maxFiles} files`);
    if (bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes of files`);
  };
}

function tooLarge(what: string): ArchiveError {
  return new ArchiveError('too-large', `the artifact has ${what}`);
}

/**
 * Reads a gzip tarball by our own policy: regular files and directories only, clean relative paths,
 * each once, bounded in count and unpacked bytes, so that a bomb ends at the limit. `accept`
 * chooses what is kept. Throws ArchiveError; nothing read before it is returned.
 */
export async function readTarball(
  from: Readable,
  accept: (path: string) => boolean,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<UnpackedFile[]> {
  const tar = extract();
  const unpacked = pipeline(from, createGunzip(), limitUnpacked(limits), tar);
  unpacked.catch(() => {});
  try {
    const files = await unpackAll(tar, accept, limits);
    await unpacked;
    return files;
  } catch (cause) {
    tar.destroy();
    if (cause instanceof ArchiveError) throw cause;
    throw new ArchiveError('unsafe-entry', 'the artifact is not a whole gzip tarball', { cause });
  }
}

async function unpackAll(
  tar: ReturnType<typeof extract>,
  accept: (path: string) => boolean,
  limits: ArchiveLimits,
): Promise<UnpackedFile[]> {
  const files = new Map<string, UnpackedFile>();
  const count = createCounter(limits);
  for await (const entry of tar) {
    const { name, type, mode, size } = entry.header;
    count(size);
    const path = name.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
    // Some writers begin with the root itself.
    if (path !== '' && path !== '.') checkArchivePath(path);
    const isFile = type === 'file' || type === 'contiguous-file';
    if (!isFile && type !== 'directory') {
      throw new ArchiveError('unsafe-entry', `the artifact contains a ${type}: '${path}'`);
    }
    if (!isFile || !accept(path)) {
      entry.resume();
      continue;
    }
    if (files.has(path)) throw new ArchiveError('unsafe-entry', `'${path}' is there twice`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    files.set(path, { path, executable: (mode & 0o100) !== 0, content: Buffer.concat(chunks) });
  }
  return [...files.values()];
}

/**
 * Ends a bomb by what comes out of gunzip, whatever the tar headers claim. Leaves room for headers
 * and padding.
 */
function limitUnpacked({ maxFiles, maxBytes }: ArchiveLimits): Transform {
  const headerBytes = 2048;
  let left = maxBytes + maxFiles * headerBytes + 1024 * 1024;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      left -= chunk.length;
      if (left < 0) next(tooLarge(`more than ${maxBytes} bytes of files`));
      else next(null, chunk);
    },
  });
}
