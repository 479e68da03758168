import { describe, expect, expectTypeOf, test } from 'vitest';
import { startScriptedServer, type Play } from '../../test/support/scripted-server.ts';
import { KubeApiError, KubeTransportError } from './api-error.ts';
import type { ImpersonatedClient, KubeClient, OwnClient } from './client.ts';
import type { Credential } from './cluster-config.ts';
import { createClient, type ClientOptions } from './connect.ts';
import { serviceAccountIdentity, userIdentity } from './identity.ts';
import type { ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const key = { namespace: 'a', name: 'b' };
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key };
const json = { 'content-type': 'application/json' };
const answer: Play = ({ method, url }, response) => {
  const list = { metadata: { resourceVersion: '1' }, items: [] };
  const body = method === 'GET' && url.includes('limit=') ? list : object;
  response.writeHead(200, json).end(url.includes('watch=') ? '' : JSON.stringify(body));
};

async function scripted(play: Play, options: Partial<ClientOptions> = {}) {
  const server = await startScriptedServer(play);
  const cluster = {
    server: server.url,
    namespace: 'default',
    credentials: { current: () => Promise.resolve({ authorization: 'Bearer own' }) },
  };
  return { server, client: createClient({ cluster, ...options }) };
}

/** Every verb once. */
async function everyVerb(client: KubeClient) {
  await client.get(configMaps, key);
  await client.list(configMaps);
  for await (const event of client.watch(configMaps, { resourceVersion: '1' })) void event;
  await client.apply(configMaps, object, { fieldManager: 'me' });
  await client.create(configMaps, object);
  await client.patch(configMaps, key, { type: 'merge', body: {} });
  await client.replace(configMaps, object);
  await client.delete(configMaps, key);
  await client.raw({ method: 'GET', path: '/version' });
  return 9;
}

const impersonation = (headers: [string, string][]) =>
  headers
    .filter(([name]) => name.toLowerCase().startsWith('impersonate'))
    .map(([name, value]) => [name.toLowerCase(), value]);

describe('identity', () => {
  test('every request of an impersonated client carries exactly its identity', async () => {
    const { server, client } = await scripted(answer);
    const identity = serviceAccountIdentity('tenant-a', 'deployer', { 'acme/run': ['1'] });
    expect(await everyVerb(client.as(identity))).toBe(server.seen.length);
    for (const { headers } of server.seen) {
      expect(impersonation(headers)).toEqual([
        ['impersonate-user', 'system:serviceaccount:tenant-a:deployer'],
        ['impersonate-extra-acme%2frun', '1'],
      ]);
      expect(headers.filter(([name]) => name.toLowerCase() === 'authorization')).toHaveLength(1);
    }
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  test('the own client impersonates nobody, also while others do over the same connections', async () => {
    const { server, client } = await scripted(answer);
    const alice = client.as(userIdentity('alice'));
    const bob = client.as(userIdentity('bob'));
    await Promise.all([everyVerb(alice), everyVerb(client), everyVerb(bob)]);
    const seen = server.seen.map(({ headers }) => JSON.stringify(impersonation(headers)));
    expect(seen.filter((headers) => headers === '[]')).toHaveLength(9);
    expect(seen.filter((headers) => headers === '[["impersonate-user","alice"]]')).toHaveLength(9);
    expect(seen.filter((headers) => headers === '[["impersonate-user","bob"]]')).toHaveLength(9);
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  test('a client without identity cannot be built', async () => {
    const { server, client } = await scripted(answer);
    const forged = { user: 'a', groups: [], extra: {} };
    // @ts-expect-error an identity is required
    expect(() => client.as()).toThrow(/identity/);
    // @ts-expect-error nor is undefined one
    expect(() => client.as(undefined)).toThrow(/identity/);
    // @ts-expect-error nor is anything that looks like one
    expect(() => client.as(forged)).toThrow(/identity/);
    expect(() => client.as({ ...userIdentity('a') })).toThrow(/identity/);
    expect(server.seen).toEqual([]);
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  test('the types keep own and impersonated clients apart', () => {
    expectTypeOf<OwnClient>().not.toExtend<ImpersonatedClient>();
    expectTypeOf<KubeClient>().not.toExtend<ImpersonatedClient>();
    expectTypeOf<ImpersonatedClient>().not.toExtend<OwnClient>();
    expectTypeOf<ImpersonatedClient>().toExtend<KubeClient>();
  });

  test('an impersonated client cannot become somebody else', async () => {
    const { server, client } = await scripted(answer);
    const alice = client.as(userIdentity('alice'));
    expect('as' in alice).toBe(false);
    expect(() => Object.assign(alice, { identity: userIdentity('bob') })).toThrow(TypeError);
    await client.close();
    await server[Symbol.asyncDispose]();
  });
});

describe('credentials', () => {
  test('one that expired is fetched again, once', async () => {
    const tokens = ['old', 'new'];
    let token = tokens.shift() ?? '';
    const rejected: Credential[] = [];
    const server = await startScriptedServer(({ headers }, response) => {
      const isNew = headers.some(([, value]) => value === 'Bearer new');
      response.writeHead(isNew ? 200 : 401, json).end(JSON.stringify(object));
    });
    const credentials = {
      current: () => Promise.resolve({ authorization: `Bearer ${token}` }),
      reject(credential: Credential) {
        rejected.push(credential);
        token = tokens.shift() ?? token;
      },
    };
    const client = createClient({
      cluster: { server: server.url, namespace: 'default', credentials },
    });
    expect(await client.get(configMaps, key)).toEqual(object);
    expect(rejected).toEqual([{ authorization: 'Bearer old' }]);
    expect(server.seen).toHaveLength(2);
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  test('one that stays wrong ends in 401, not in a loop', async () => {
    let rejections = 0;
    const server = await startScriptedServer((_request, response) => {
      response.writeHead(401, json).end('{}');
    });
    const credentials = { current: () => Promise.resolve({}), reject: () => void rejections++ };
    const client = createClient({
      cluster: { server: server.url, namespace: 'default', credentials },
    });
    await expect(client.get(configMaps, key)).rejects.toMatchObject({ code: 401 });
    expect([rejections, server.seen.length]).toEqual([1, 2]);
    await client.close();
    await server[Symbol.asyncDispose]();
  });
});

describe('answers', () => {
  test.each<[string, Play, new (...args: never[]) => Error]>([
    ['something else than JSON', (_r, response) => void response.end('<html>'), KubeTransportError],
    ['JSON that is no object', (_r, response) => void response.end('[]'), KubeTransportError],
    [
      'an object without a name',
      (_r, response) => void response.end('{"metadata":{}}'),
      KubeTransportError,
    ],
    ['an error without a body', (_r, response) => void response.writeHead(502).end(), KubeApiError],
  ])('%s is an error', async (_what, play, type) => {
    const { server, client } = await scripted(play);
    await expect(client.get(configMaps, key)).rejects.toThrow(type);
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  test('list items without a name are left out, and all get the kind that lists leave out', async () => {
    const items = [{ metadata: { name: 'a' } }, {}, null, 'x', { metadata: { name: 7 } }];
    const list = { kind: 'ConfigMapList', metadata: { resourceVersion: '5' }, items };
    const { server, client } = await scripted((_r, response) => {
      response.writeHead(200, json).end(JSON.stringify(list));
    });
    expect(await client.list(configMaps)).toEqual({
      resourceVersion: '5',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
    });
    await client.close();
    await server[Symbol.asyncDispose]();
  });
});

test('the hook hears of each HTTP request, retries and failures included', async () => {
  const records: RequestRecord[] = [];
  let calls = 0;
  const { server, client } = await scripted(
    (request, response, raw) => {
      if (++calls === 1) response.destroy();
      else if (calls === 2) response.writeHead(429, { 'retry-after': '0' }).end();
      else void answer(request, response, raw);
    },
    { onRequest: (record) => records.push(record) },
  );
  const identity = userIdentity('alice');
  await client.as(identity).get(configMaps, key);
  expect(records.map(({ code, verb, resource }) => [code, verb, resource])).toEqual([
    [0, 'get', 'configmaps'],
    [429, 'get', 'configmaps'],
    [200, 'get', 'configmaps'],
  ]);
  expect(records.every((record) => record.identity === identity && record.durationMs >= 0)).toBe(
    true,
  );
  await client.close();
  await server[Symbol.asyncDispose]();
});

test('a kind of a server that is away is not called absent', async () => {
  const resource = { resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced' };
  const groups = {
    '/api': [{ metadata: {}, versions: [{ version: 'v1', resources: [resource] }] }],
    '/apis': [
      { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1', freshness: 'Stale' }] },
    ],
  };
  const { server, client } = await scripted(({ url }, response) => {
    const items = groups[url as keyof typeof groups];
    response.writeHead(200, json).end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items }));
  });
  expect((await client.discovery.resourceFor('v1', 'Pod'))?.plural).toBe('pods');
  expect(await client.discovery.resourceFor('v1', 'NodeMetrics')).toBeUndefined();
  await expect(
    client.discovery.resourceFor('metrics.k8s.io/v1', 'NodeMetrics'),
  ).rejects.toMatchObject({ code: 503 });
  expect(server.seen).toHaveLength(2);
  await client.close();
  await server[Symbol.asyncDispose]();
});
