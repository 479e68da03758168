import { errorFromGit } from './error-from-git.ts';
import { GitError } from './git-error.ts';
import type { GitProgram } from './git-program.ts';

export interface ReadBlobsOptions {
  gitDir: string;
  maxBlobBytes: number;
  signal?: AbortSignal | undefined;
}

/** A blob being read; `content` must be read (or dropped) before the next one is asked for. */
export interface BlobContent {
  oid: string;
  /** Bytes. */
  size: number;
  content: AsyncIterable<Buffer>;
}

/**
 * Reads blobs in the given order from one `cat-file --batch`, asking ahead so that the pipe never
 * runs dry, and holding no more than a chunk. Throws `too-large` at a blob's header, before its
 * bytes; `corrupt` for a missing or unreadable object.
 */
export async function* readBlobs(
  program: GitProgram,
  oids: readonly string[],
  { gitDir, maxBlobBytes, signal }: ReadBlobsOptions,
): AsyncGenerator<BlobContent> {
  if (oids.length === 0) return;
  const child = program.start({ args: ['cat-file', '--batch', '--buffer'], gitDir, signal });
  // Node keeps what does not fit the pipe; 41 bytes per object.
  child.stdin.end(oids.map((oid) => `${oid}\n`).join(''));
  const input = createReader(child.stdout);
  try {
    for (const [index, oid] of oids.entries()) {
      const header = await input.line();
      if (header === undefined) break;
      const size = readHeader(header, oid, maxBlobBytes);
      const body = input.bytes(size);
      yield { oid, size, content: body };
      for await (const _ of body);
      await input.line();
      if (input.isShort()) break;
      if (index === oids.length - 1) return;
    }
    const exit = await child.exit;
    signal?.throwIfAborted();
    throw errorFromGit({ ...exit, stdout: Buffer.alloc(0) }, {});
  } finally {
    child.kill();
  }
}

/** `<oid> blob <size>`, or `<oid> missing`. */
function readHeader(header: string, oid: string, maxBlobBytes: number): number {
  const [, type, size] = /^[0-9a-f]{40} (\w+) (\d+)$/.exec(header) ?? [];
  if (type !== 'blob') {
    throw new GitError('corrupt', `the mirror lacks the blob ${oid}`);
  }
  if (Number(size) > maxBlobBytes) {
    throw new GitError(
      'too-large',
      `a file of the repository is larger than ${maxBlobBytes} bytes (blob ${oid}: ${size})`,
    );
  }
  return Number(size);
}

/** Reads lines and counted bytes from one stream. */
function createReader(stream: AsyncIterable<Buffer>) {
  const iterator = stream[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);
  let short = false;

  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done) {
      short = true;
      return false;
    }
    pending = pending.length > 0 ? Buffer.concat([pending, next.value]) : next.value;
    return true;
  };

  return {
    /** True once the stream ended before what was asked of it. */
    isShort: () => short,
    /** The text up to the next line feed; undefined at the end. */
    async line(): Promise<string | undefined> {
      for (;;) {
        const end = pending.indexOf(10);
        if (end >= 0) {
          const text = pending.subarray(0, end).toString('latin1');
          pending = pending.subarray(end + 1);
          return text;
        }
        if (!(await more())) return undefined;
      }
    },
    /** The next `size` bytes, in chunks; may be abandoned and taken up again. */
    bytes(size: number): AsyncIterable<Buffer> {
      let left = size;
      return {
        async *[Symbol.asyncIterator]() {
          while (left > 0) {
            if (pending.length === 0 && !(await more())) return;
            const chunk = pending.subarray(0, left);
            pending = pending.subarray(chunk.length);
            left -= chunk.length;
            yield chunk;
          }
        },
      };
    },
  };
}
