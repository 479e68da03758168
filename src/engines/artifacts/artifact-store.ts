import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toTimestamp, type Clock } from '../../base/clock.ts';
import { ArtifactError, fromFileSystem } from './artifact-error.ts';
import {
  artifactPath,
  ownerPath,
  parseArtifactPath,
  type ArtifactLocation,
  type ArtifactOwner,
} from './artifact-path.ts';
import {
  collectGarbage,
  sweepTemporary,
  temporaryName,
  type Retention,
} from './collect-garbage.ts';
import { formatDigest, parseDigest, startDigest, type DigestAlgorithm } from './digest.ts';

/** What is on the disk, as a source's `status.artifact` repeats it. */
export interface StoredArtifact {
  /** `<algorithm>:<hex>` of the file's bytes. */
  digest: string;
  /** Below the store's root. */
  path: string;
  url: string;
  revision: string;
  lastUpdateTime: string;
  /** Bytes. */
  size: number;
}

export interface PublishRequest extends ArtifactLocation {
  revision: string;
  /** Writes the file's bytes; the store ends the stream. */
  write(into: Writable): Promise<void>;
  signal?: AbortSignal | undefined;
}

export interface ArtifactStoreOptions {
  /** Directory of the store; created if missing. */
  root: string;
  /** `host[:port]` of artifact URLs as consumers see it. */
  advertisedAddress: string;
  digestAlgorithm: DigestAlgorithm;
  retention: Retention;
  clock: Clock;
  /** Ceiling of one file; more is `disk-full`. */
  maxBytes?: number;
}

/** Artifacts on a disk, written whole or not at all. */
export interface ArtifactStore {
  /** Stores a file under its place and returns what identifies it; the previous one stays until collected. */
  publish(request: PublishRequest): Promise<StoredArtifact>;
  /**
   * Whether the file is there with exactly the bytes of its digest. A damaged file is removed, so
   * that nobody reads it. Bytes are read again only when the file changed since they last were.
   */
  verify(artifact: { path: string; digest: string }): Promise<'intact' | 'missing' | 'damaged'>;
  /** Removes what retention allows; `current` always stays. Returns the removed paths. */
  collect(owner: ArtifactOwner, current: { path: string } | undefined): Promise<string[]>;
  /** Removes everything of an object. */
  removeAll(owner: ArtifactOwner): Promise<void>;
  /** `http://<advertised>/<path>`: rewritten each run, so a change of the address heals. */
  urlFor(artifactPath: string): string;
  /** The file's bytes and size. Rejects with ArtifactError `not-found`. */
  open(artifactPath: string): Promise<{ size: number; stream: Readable }>;
  /** The whole file, at most `maxBytes` of it, checked against `digest`. */
  read(artifact: { path: string; digest: string }, maxBytes: number): Promise<Buffer>;
}

/** Opens the store and removes what interrupted writers left. */
export async function createArtifactStore(options: ArtifactStoreOptions): Promise<ArtifactStore> {
  const { root, retention, clock } = options;
  // Fails at start rather than at the first artifact.
  startDigest(options.digestAlgorithm);
  await mkdir(root, { recursive: true, mode: 0o750 });
  await sweepTemporary(root);
  const verified = createVerifier(root);
  const urlFor = (relative: string) => `http://${options.advertisedAddress}/${relative}`;
  return {
    urlFor,
    publish: (request) => publish(request, options, urlFor),
    verify: (artifact) => verified(artifact),
    collect: (owner, current) =>
      collectGarbage({
        root,
        owner: ownerPath(owner),
        current: current?.path,
        retention,
        now: clock.now(),
      }),
    async removeAll(owner) {
      await rm(path.join(root, ownerPath(owner)), { recursive: true, force: true });
    },
    open: (relative) => openFile(root, relative),
    read: (artifact, maxBytes) => readWhole(root, artifact, maxBytes),
  };
}

/** Absolute place of a stored path; refuses anything that is not exactly one of ours. */
function locate(root: string, relative: string): string {
  const location = parseArtifactPath(relative);
  if (!location) throw new ArtifactError('invalid-path', 'not the path of an artifact');
  return path.join(root, artifactPath(location));
}

async function publish(
  request: PublishRequest,
  { root, digestAlgorithm, clock, maxBytes = Number.POSITIVE_INFINITY }: ArtifactStoreOptions,
  urlFor: (relative: string) => string,
): Promise<StoredArtifact> {
  const relative = artifactPath(request);
  const target = path.join(root, relative);
  const temporary = path.join(path.dirname(target), temporaryName());
  const hash = startDigest(digestAlgorithm);
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      size += chunk.length;
      next(
        size > maxBytes
          ? new ArtifactError('disk-full', `the artifact is larger than ${maxBytes} bytes`)
          : null,
        chunk,
      );
    },
  });
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o750 });
    const sink = createWriteStream(temporary, { flags: 'wx', mode: 0o640, flush: true });
    const stored = pipeline(measure, sink, request.signal ? { signal: request.signal } : {});
    await Promise.all([stored, feed(measure, request)]);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fromFileSystem(error, 'storing the artifact');
  }
  const digest = formatDigest(digestAlgorithm, hash);
  return {
    digest,
    path: relative,
    url: urlFor(relative),
    revision: request.revision,
    lastUpdateTime: toTimestamp(clock.now()),
    size,
  };
}

/** Lets the caller write; its failure ends the pipeline too. */
async function feed(into: Transform, request: PublishRequest): Promise<void> {
  try {
    await request.write(into);
    into.end();
  } catch (error) {
    into.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function createVerifier(root: string) {
  /** Path to what the file looked like when its digest was last right. */
  const seen = new Map<string, string>();
  return async (artifact: { path: string; digest: string }) => {
    const file = locate(root, artifact.path);
    const looks = await looksOf(file);
    if (looks === undefined) {
      seen.delete(artifact.path);
      return 'missing';
    }
    const mark = `${artifact.digest} ${looks}`;
    if (seen.get(artifact.path) === mark) return 'intact';
    if ((await digestOf(file, artifact.digest)) !== artifact.digest) {
      seen.delete(artifact.path);
      await rm(file, { force: true });
      return 'damaged';
    }
    // A bound, not a cache policy: forgetting costs one more read.
    if (seen.size > 10_000) seen.clear();
    seen.set(artifact.path, mark);
    return 'intact';
  };
}

async function looksOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}

async function digestOf(file: string, expected: string): Promise<string | undefined> {
  const parsed = parseDigest(expected);
  if (!parsed) return undefined;
  const hash = startDigest(parsed.algorithm);
  await pipeline(createReadStream(file), hash);
  return formatDigest(parsed.algorithm, hash);
}

async function openFile(
  root: string,
  relative: string,
): Promise<{ size: number; stream: Readable }> {
  try {
    const file = await open(locate(root, relative), 'r');
    const { size } = await file.stat();
    return { size, stream: file.createReadStream() };
  } catch (error) {
    throw fromFileSystem(error, 'reading the artifact');
  }
}

async function readWhole(
  root: string,
  artifact: { path: string; digest: string },
  maxBytes: number,
): Promise<Buffer> {
  const { size, stream } = await openFile(root, artifact.path);
  if (size > maxBytes) {
    stream.destroy();
    throw new ArtifactError(
      'damaged',
      `the artifact has ${size} bytes, more than the ${maxBytes} that are read`,
    );
  }
  const parsed = parseDigest(artifact.digest);
  const chunks: Buffer[] = [];
  const hash = parsed && startDigest(parsed.algorithm);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash?.update(chunk);
    chunks.push(chunk);
  }
  if (!parsed || !hash || formatDigest(parsed.algorithm, hash) !== artifact.digest) {
    throw new ArtifactError('damaged', 'the artifact is not what its digest says');
  }
  return Buffer.concat(chunks);
}
