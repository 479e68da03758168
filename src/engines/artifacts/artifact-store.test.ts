import { createHash } from 'node:crypto';
import {
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import {
  createArtifactStore,
  type ArtifactStore,
  type ArtifactStoreOptions,
} from './artifact-store.ts';

const owner = { kind: 'GitRepository', namespace: 'flux-system', name: 'apps' };
const sha256 = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

let root: string;
let now: number;
let store: ArtifactStore;
const clock: Clock = { now: () => now, after: () => () => {} };

function open(options: Partial<ArtifactStoreOptions> = {}): Promise<ArtifactStore> {
  return createArtifactStore({
    root,
    advertisedAddress: 'source.local:9090',
    digestAlgorithm: 'sha256',
    retention: { ttlMs: 60_000, records: 2 },
    clock,
    ...options,
  });
}

const put = (content: string, file = 'a.tar.gz', into = store) =>
  into.publish({ ...owner, file, revision: 'main@sha1:abc', write: writing(content) });
const writing = (content: string) => (stream: Writable) =>
  new Promise<void>((resolve, reject) =>
    stream.write(content, (error) => (error ? reject(error) : resolve())),
  );

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'artifacts-'));
  now = Date.parse('2026-01-02T03:04:05Z');
  store = await open();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const onDisk = (file: string) => path.join(root, 'gitrepository/flux-system/apps', file);

describe('publishing', () => {
  test('describes exactly what is on the disk', async () => {
    const artifact = await put('content');
    expect(artifact).toEqual({
      digest: sha256('content'),
      path: 'gitrepository/flux-system/apps/a.tar.gz',
      url: 'http://source.local:9090/gitrepository/flux-system/apps/a.tar.gz',
      revision: 'main@sha1:abc',
      lastUpdateTime: '2026-01-02T03:04:05Z',
      size: 7,
    });
    expect(await readFile(onDisk('a.tar.gz'), 'utf8')).toBe('content');
    const opened = await store.open(artifact.path);
    expect([opened.size, await text(opened.stream)]).toEqual([7, 'content']);
  });

  test('an interrupted writer leaves the previous artifact and no temporary file', async () => {
    await put('first');
    const failing = store.publish({
      ...owner,
      file: 'a.tar.gz',
      revision: 'x',
      async write(stream) {
        await writing('half of the sec')(stream);
        throw new Error('the fetch broke');
      },
    });
    await expect(failing).rejects.toThrow('the fetch broke');
    expect(await readFile(onDisk('a.tar.gz'), 'utf8')).toBe('first');
    expect(await readdir(path.dirname(onDisk('a.tar.gz')))).toEqual(['a.tar.gz']);
  });

  test('an aborted writer does the same', async () => {
    const stop = new AbortController();
    const publishing = store.publish({
      ...owner,
      file: 'a.tar.gz',
      revision: 'x',
      signal: stop.signal,
      async write(stream) {
        await writing('x')(stream);
        stop.abort();
        await writing('y')(stream);
      },
    });
    await expect(publishing).rejects.toThrow();
    await expect(stat(onDisk('a.tar.gz'))).rejects.toThrow('ENOENT');
  });

  test('too large is refused like a full disk, and what was there stays', async () => {
    const small = await open({ maxBytes: 10 });
    await put('short', 'a.tar.gz', small);
    await expect(put('far more than ten bytes', 'a.tar.gz', small)).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(await readFile(onDisk('a.tar.gz'), 'utf8')).toBe('short');
  });

  test.each(['sha384', 'sha512'] as const)(
    '%s names its own algorithm',
    async (digestAlgorithm) => {
      const artifact = await put('content', 'b.tar.gz', await open({ digestAlgorithm }));
      expect(artifact.digest).toMatch(new RegExp(`^${digestAlgorithm}:[0-9a-f]+$`));
      expect(await store.verify(artifact)).toBe('intact');
    },
  );

  test('an algorithm that is not there is refused at start, with those that are', async () => {
    await expect(open({ digestAlgorithm: 'blake3' })).rejects.toThrow(
      /use one of sha256, sha384, sha512/,
    );
  });

  test.each([
    [{ ...owner, file: '../../../etc/passwd' }],
    [{ ...owner, file: '.hidden' }],
    [{ ...owner, file: 'a/b' }],
    [{ ...owner, file: '' }],
    [{ ...owner, namespace: '..', file: 'a' }],
    [{ ...owner, namespace: 'a/b', file: 'a' }],
    [{ ...owner, name: '../x', file: 'a' }],
    [{ ...owner, name: 'a..b', file: 'a' }],
    [{ ...owner, kind: '..', file: 'a' }],
    [{ ...owner, name: 'nul\0', file: 'a' }],
  ])('%j does not leave the store', async (location) => {
    const attempt = store.publish({ ...location, revision: 'x', write: writing('x') });
    await expect(attempt).rejects.toMatchObject({ code: 'invalid-path' });
  });
});

describe('verification', () => {
  test('tells intact, missing and damaged apart, and removes what is damaged', async () => {
    const artifact = await put('content');
    expect(await store.verify(artifact)).toBe('intact');
    await writeFile(onDisk('a.tar.gz'), 'c0ntent');
    expect(await store.verify(artifact)).toBe('damaged');
    expect(await store.verify(artifact)).toBe('missing');
  });

  test('sees damage that kept the size and the time of modification', async () => {
    const artifact = await put('content');
    expect(await store.verify(artifact)).toBe('intact');
    const { atime, mtime } = await stat(onDisk('a.tar.gz'));
    await writeFile(onDisk('a.tar.gz'), 'CONTENT');
    await utimes(onDisk('a.tar.gz'), atime, mtime);
    expect(await store.verify(artifact)).toBe('damaged');
  });

  test('sees truncation', async () => {
    const artifact = await put('content');
    await truncate(onDisk('a.tar.gz'), 3);
    expect(await store.verify(artifact)).toBe('damaged');
  });

  test('a digest that is none is never intact', async () => {
    const artifact = await put('content');
    expect(await store.verify({ ...artifact, digest: 'nonsense' })).toBe('damaged');
  });

  test('reads whole only what the digest says', async () => {
    const artifact = await put('content');
    expect((await store.read(artifact, 100)).toString()).toBe('content');
    await expect(store.read({ ...artifact, digest: sha256('other') }, 100)).rejects.toMatchObject({
      code: 'damaged',
    });
    await expect(store.read(artifact, 3)).rejects.toThrow('more than the 3');
    await expect(store.read({ ...artifact, path: 'gitrepository/a/b/c' }, 3)).rejects.toMatchObject(
      { code: 'not-found' },
    );
    await expect(store.read({ ...artifact, path: '../secret/x/y' }, 3)).rejects.toMatchObject({
      code: 'invalid-path',
    });
  });
});

describe('garbage', () => {
  const age = async (file: string, seconds: number) => {
    const when = (now - seconds * 1000) / 1000;
    await utimes(onDisk(file), when, when);
  };

  test('the old go by time, then by count; the current one stays however old', async () => {
    for (const file of ['1', '2', '3', '4']) await put(file, file);
    await age('1', 3600);
    await age('2', 50);
    await age('3', 40);
    await age('4', 30);
    const current = { path: 'gitrepository/flux-system/apps/1' };
    expect((await store.collect(owner, current)).sort()).toEqual([
      'gitrepository/flux-system/apps/2',
      'gitrepository/flux-system/apps/3',
    ]);
    expect(await store.collect(owner, current)).toEqual([]);
    now += 3_600_000;
    expect(await store.collect(owner, current)).toEqual(['gitrepository/flux-system/apps/4']);
  });

  test('files being written are not garbage; at start they are', async () => {
    await put('x');
    const half = onDisk('.writing-1234');
    await writeFile(half, 'half');
    await store.collect(owner, undefined);
    expect((await stat(half)).size).toBe(4);
    await open();
    await expect(stat(half)).rejects.toThrow('ENOENT');
    expect((await stat(onDisk('a.tar.gz'))).size).toBe(1);
  });

  test("an object's removal leaves its neighbours", async () => {
    await put('x');
    await store.publish({ ...owner, name: 'apps2', file: 'a', revision: 'r', write: writing('y') });
    await store.removeAll(owner);
    await store.removeAll(owner);
    expect(await readdir(path.join(root, 'gitrepository/flux-system'))).toEqual(['apps2']);
  });

  test('an object without a directory has no garbage', async () => {
    expect(await store.collect({ ...owner, name: 'none' }, undefined)).toEqual([]);
  });
});
