import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { ArtifactLocation } from './artifact-path.ts';
import { startArtifactServer, type ArtifactServer } from './artifact-server.ts';
import { createArtifactStore, type ArtifactStore } from './artifact-store.ts';

let root: string;
let store: ArtifactStore;
let server: ArtifactServer;
let opened: string[];
const file = '/gitrepository/flux-system/apps/abc.tar.gz';

/** `good` may read flux-system; whoever may not is a stranger. */
const authorize = (token: string | undefined, owner: ArtifactLocation) =>
  Promise.resolve(token === 'good' && owner.namespace === 'flux-system');

async function start(authorization: typeof authorize | undefined): Promise<void> {
  const watched = {
    open: (relative: string) => {
      opened.push(relative);
      return store.open(relative);
    },
  };
  server = await startArtifactServer(
    { store: watched, authorize: authorization, log: silentLog },
    { host: '127.0.0.1', port: 0 },
  );
}

/** Sends the path as it is: fetch would normalise the attacks away. */
function get(
  target: string,
  options: { token?: string; method?: string; authorization?: string } = {},
) {
  const authorization =
    options.authorization ?? (options.token === undefined ? undefined : `Bearer ${options.token}`);
  const [host, port] = server.address.split(':');
  return new Promise<{ status: number; body: string; headers: string }>((resolve, reject) => {
    const call = request(
      {
        host,
        port,
        path: target,
        method: options.method ?? 'GET',
        headers: authorization === undefined ? {} : { authorization },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          const { date: _, ...headers } = response.headers;
          resolve({ status: response.statusCode ?? 0, body, headers: JSON.stringify(headers) });
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'artifact-server-'));
  opened = [];
  store = await createArtifactStore({
    root,
    advertisedAddress: 'x',
    digestAlgorithm: 'sha256',
    retention: { ttlMs: 1, records: 1 },
    clock: systemClock,
  });
  await store.publish({
    kind: 'GitRepository',
    namespace: 'flux-system',
    name: 'apps',
    file: 'abc.tar.gz',
    revision: 'r',
    write: async (into) => void into.write('bytes'),
  });
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

describe('with authorisation', () => {
  beforeEach(() => start(authorize));

  test('the granted read, and know what is missing', async () => {
    expect(await get(file, { token: 'good' })).toMatchObject({ status: 200, body: 'bytes' });
    expect(await get(file, { token: 'good', method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
    });
    expect(
      (await get('/gitrepository/flux-system/apps/other.tar.gz', { token: 'good' })).status,
    ).toBe(404);
  });

  test('a stranger gets one answer, whatever is there and however it asks', async () => {
    const answers = await Promise.all([
      get(file),
      get(file, { token: 'bad' }),
      get(file, { authorization: 'Basic Z29vZDpnb29k' }),
      get(file, { authorization: 'Bearer ' }),
      get(file, { authorization: 'Bearer good good' }),
      get('/gitrepository/flux-system/apps/missing.tar.gz', { token: 'bad' }),
      get('/gitrepository/nowhere/nothing/x.tar.gz', { token: 'bad' }),
      get('/gitrepository/nowhere/nothing/x.tar.gz', { token: 'good' }),
      get('/ocirepository/flux-system/apps', { token: 'good' }),
      get('/', { token: 'bad' }),
      get('/gitrepository/flux-system/apps/', { token: 'good' }),
    ]);
    expect(answers[0]?.status).toBe(401);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(opened).toEqual([]);
  });

  test.each([
    '/gitrepository/flux-system/../flux-system/apps/abc.tar.gz',
    '/gitrepository/flux-system/apps/..%2f..%2fx',
    '/gitrepository/flux-system/apps/%2e%2e',
    '//gitrepository/flux-system/apps/abc.tar.gz',
    '/gitrepository/flux-system/apps/abc.tar.gz/',
    '/gitrepository/flux-system/apps/.writing-1',
    '/GitRepository/flux-system/apps/abc.tar.gz',
    '/gitrepository/flux-system/apps/a%00b',
  ])('%s reaches no file, even with a good token', async (target) => {
    expect((await get(target, { token: 'good' })).status).toBe(401);
    expect(opened).toEqual([]);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused', async (method) => {
    expect((await get(file, { token: 'good', method })).status).toBe(405);
    expect(opened).toEqual([]);
  });
});

test('an authoriser that fails lets nobody in', async () => {
  await start(() => Promise.reject(new Error('the API server is away')));
  expect(await get(file, { token: 'good' })).toMatchObject({
    status: 500,
    body: 'internal error\n',
  });
  expect(opened).toEqual([]);
});

test('without authorisation everybody reads, and nobody leaves the store', async () => {
  await start(undefined);
  expect(await get(file)).toMatchObject({ status: 200, body: 'bytes' });
  expect((await get('/gitrepository/flux-system/apps/../../../etc/passwd')).status).toBe(404);
  expect((await get('/')).status).toBe(404);
});

test('a client that never finishes its request does not stop the server from closing', async () => {
  await start(authorize);
  const [host, port] = server.address.split(':');
  const socket = connect(Number(port), host);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => socket.write('GET / HTT', () => resolve()));
  socket.on('error', () => {});
  await server.close();
  await ended;
  await start(authorize);
});
