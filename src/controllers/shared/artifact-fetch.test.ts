import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { GitRepository } from '../../api/source/git-repository.ts';
import { systemClock } from '../../base/clock.ts';
import { createArtifactStore } from '../../engines/artifacts/artifact-store.ts';
import { createLocalArtifactReader, createRemoteArtifactReader } from './artifact-fetch.ts';

const content = Buffer.from('the tarball');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const ownPath = 'gitrepository/team-a/apps/abc.tar.gz';
const consumer = { namespace: 'team-b' };
const { signal } = new AbortController();

const source = (artifact: { path?: string; digest?: string; url?: string } = {}) => ({
  type: GitRepository.type,
  key: { namespace: 'team-a', name: 'apps' },
  artifact: {
    digest,
    path: ownPath,
    revision: 'main@sha1:1',
    lastUpdateTime: '2026-01-01T00:00:00Z',
    url: `http://host/${ownPath}`,
    ...artifact,
  },
});

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function remote(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: { url: string | undefined; authorization: string | undefined }[] = [];
  const forgotten: string[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  );
  const reader = createRemoteArtifactReader({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxBytes: 1000,
    tokens: {
      tokenFor: async ({ namespace, name }) => `${namespace}.${name}`,
      forget: ({ namespace, name }) => void forgotten.push(`${namespace}.${name}`),
    },
  });
  return { reader, requests, forgotten };
}

/** Paths and what a forged status could make of them. */
const foreignPaths = [
  'gitrepository/team-c/apps/abc.tar.gz',
  'gitrepository/team-a/other/abc.tar.gz',
  'bucket/team-a/apps/abc.tar.gz',
  '../etc/passwd',
  'gitrepository/team-a/apps/../other/abc.tar.gz',
  '/gitrepository/team-a/apps/abc.tar.gz',
  'gitrepository/team-a/apps/abc.tar.gz?x=1',
  '@169.254.169.254/latest/meta-data',
  '',
];

describe('apart', () => {
  test('asks our server, by the source’s name, as the consumer', async () => {
    const { reader, requests } = await remote((_, response) => response.end(content));
    expect(await reader.read(source({ url: 'http://169.254.169.254/' }), consumer, signal)).toEqual(
      content,
    );
    await reader.read(source(), { ...consumer, serviceAccountName: 'deployer' }, signal);
    expect(requests).toEqual([
      { url: `/${ownPath}`, authorization: 'Bearer team-b.default' },
      { url: `/${ownPath}`, authorization: 'Bearer team-b.deployer' },
    ]);
  });

  test.each(foreignPaths)(
    'a path that is not the source’s own is not asked for: %j',
    async (path) => {
      const { reader, requests } = await remote((_, response) => response.end(content));
      await expect(reader.read(source({ path }), consumer, signal)).rejects.toMatchObject({
        class: 'retryable',
        reason: 'ArtifactFailed',
      });
      expect(requests).toEqual([]);
    },
  );

  test('a redirect is not followed', async () => {
    const other = await remote((_, response) => response.end(content));
    const { reader } = await remote((_, response) =>
      response.writeHead(302, { location: `http://169.254.169.254/` }).end(),
    );
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({
      class: 'retryable',
    });
    expect(other.requests).toEqual([]);
  });

  test('a server that fails is asked again soon, so many times, then as after any failure', async () => {
    let isUp = false;
    const { reader } = await remote((_, response) => {
      response.statusCode = isUp ? 200 : 503;
      response.end(isUp ? content : '');
    });
    const waits = [];
    for (let count = 0; count < 10; count++) {
      const failed = await reader.read(source(), consumer, signal).catch((error: unknown) => error);
      waits.push((failed as { afterMs?: number }).afterMs);
    }
    expect(waits.slice(0, 3)).toEqual([500, 1_000, 2_000]);
    expect(waits.at(-1)).toBeUndefined();
    isUp = true;
    await reader.read(source(), consumer, signal);
    isUp = false;
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({ afterMs: 500 });
  });

  test.each([
    [401, 'waiting', ['team-b.default']],
    [404, 'waiting', []],
    [500, 'retryable', []],
    [204, 'waiting', []],
  ])('HTTP %i: %s', async (status, failure, dropped) => {
    const { reader, forgotten } = await remote((_, response) => response.writeHead(status).end());
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({
      class: failure,
      reason: 'ArtifactFailed',
    });
    expect(forgotten).toEqual(dropped);
  });

  test('other bytes than the digest’s are refused', async () => {
    const { reader } = await remote((_, response) => response.end('something else'));
    await expect(reader.read(source(), consumer, signal)).rejects.toThrow(/digest/);
    const unknown = source({ digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' });
    await expect(reader.read(unknown, consumer, signal)).rejects.toThrow(/digest/);
  });

  test('more bytes than allowed are not read', async () => {
    const { reader } = await remote((_, response) => {
      response.on('error', () => {});
      const write = () => response.write(Buffer.alloc(500)) && setImmediate(write);
      write();
    });
    await expect(reader.read(source(), consumer, signal)).rejects.toThrow(/more than 1000 bytes/);
  });

  test('a transfer that breaks off is tried again', async () => {
    const { reader } = await remote((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({
      class: 'retryable',
    });
  });

  test('a server that stalls is left when the run ends', async () => {
    const run = new AbortController();
    const { reader } = await remote(() => run.abort(new Error('out of time')));
    await expect(reader.read(source(), consumer, run.signal)).rejects.toThrow('out of time');
  });
});

describe('in one process', () => {
  async function local(maxBytes = 1000) {
    const root = await mkdtemp(path.join(tmpdir(), 'artifact-fetch-'));
    cleanups.push(() => rm(root, { recursive: true }));
    const store = await createArtifactStore({
      root,
      advertisedAddress: 'host',
      digestAlgorithm: 'sha256',
      retention: { ttlMs: 0, records: 1 },
      clock: systemClock,
    });
    const location = { kind: 'GitRepository', namespace: 'team-a', name: 'apps' };
    await store.publish({
      ...location,
      file: 'abc.tar.gz',
      revision: 'main@sha1:1',
      write: async (into) => void into.write(content),
    });
    return { reader: createLocalArtifactReader(store, maxBytes), root };
  }

  test('reads the store’s disk', async () => {
    const { reader } = await local();
    expect(await reader.read(source(), consumer, signal)).toEqual(content);
  });

  test.each(foreignPaths)('a path that is not the source’s own is not read: %j', async (path) => {
    const { reader } = await local();
    await expect(reader.read(source({ path }), consumer, signal)).rejects.toMatchObject({
      reason: 'ArtifactFailed',
    });
  });

  test('a file that was changed is not handed out; the source has to mend it', async () => {
    const { reader, root } = await local();
    await writeFile(path.join(root, ownPath), 'tampered with');
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({
      class: 'waiting',
      reason: 'ArtifactFailed',
    });
  });

  test('a file that is gone is waited for', async () => {
    const { reader, root } = await local();
    await rm(path.join(root, ownPath));
    await expect(reader.read(source(), consumer, signal)).rejects.toMatchObject({
      class: 'waiting',
      afterMs: 30_000,
    });
  });
});
