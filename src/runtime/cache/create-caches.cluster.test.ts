import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clusterContext, freshNamespace } from '../../../test/support/cluster.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { KubeTransportError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { createCaches, type CachesOptions } from './create-caches.ts';

const configMapType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const deadline = { interval: 20 };

let client: ClosableClient;
let namespace: string;
let stopping: AbortController;

beforeEach(async () => {
  client = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  namespace = await freshNamespace('caches');
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await client.close();
});

function open(options: Partial<CachesOptions> = {}) {
  return createCaches({ client, signal: stopping.signal, log: silentLog, ...options });
}

const configMap = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
  data: { a: 'b' },
});
const key = (name: string) => ({ namespace, name });

/** A client whose watches break as long as `isBroken`, or from the next event on. */
function breakable(state: { isBroken: boolean; isBrokenAfterNext?: boolean }): KubeClient {
  const check = () => {
    if (state.isBroken) throw new KubeTransportError('connection reset');
  };
  return {
    ...client,
    async *watch(...args) {
      check();
      for await (const event of client.watch(...args)) {
        check();
        yield event as never;
        state.isBroken ||= state.isBrokenAfterNext ?? false;
        state.isBrokenAfterNext = false;
        check();
      }
    },
  };
}

test('one watch per kind shows what is there, what comes, changes and goes', async () => {
  await client.create(configMapType, configMap('old'));
  const caches = open();
  const cache = caches.for(configMapType);
  expect(caches.for({ ...configMapType })).toBe(cache);
  expect([cache.isSynced, caches.isSynced, cache.staleForMs]).toEqual([false, false, Infinity]);
  expect(caches.missing).toEqual([configMapType]);
  await cache.synced();
  expect([cache.isSynced, caches.isSynced, cache.staleForMs]).toEqual([true, true, 0]);
  expect(cache.get(key('old'))?.['data']).toEqual({ a: 'b' });
  expect(cache.get(key('old'))?.metadata).not.toHaveProperty('managedFields');

  const changes: (string | undefined)[][] = [];
  const unsubscribe = cache.onChange(({ before, after }) => {
    if ((before ?? after)?.metadata.name === 'new')
      changes.push([before?.metadata.resourceVersion, after?.metadata.resourceVersion]);
  });
  const created = await client.create(configMapType, configMap('new'));
  cache.observe(created);
  expect(cache.get(key('new'))).toBeDefined();
  await client.delete(configMapType, key('new'));
  await expect.poll(() => cache.get(key('new')), deadline).toBeUndefined();
  const { resourceVersion } = created.metadata;
  expect(changes).toEqual([
    [undefined, resourceVersion],
    [resourceVersion, undefined],
  ]);
  cache.observe(created);
  expect(cache.get(key('new'))).toBeUndefined();
  unsubscribe();
});

test('a selection shows only what belongs to it', async () => {
  const cache = open({ selectorFor: () => `shard=${namespace}` }).for(configMapType);
  const mine = { labels: { shard: namespace } };
  await client.create(configMapType, configMap('mine', mine));
  const foreign = await client.create(configMapType, configMap('foreign'));
  await cache.synced();
  cache.observe(foreign);
  expect(cache.list(namespace).map(({ metadata }) => metadata.name)).toEqual(['mine']);
  cache.observe(await client.create(configMapType, configMap('own', mine)));
  expect(cache.get(key('own'))).toBeDefined();
  await client.delete(configMapType, key('own'));
  await expect.poll(() => cache.list(namespace).length, deadline).toBe(1);

  const relabel = (shard: string | null) =>
    client.patch(configMapType, key('mine'), {
      type: 'merge',
      body: { metadata: { labels: { shard } } },
    });
  await relabel(null);
  await expect.poll(() => cache.list(namespace).length, deadline).toBe(0);
  await relabel(namespace);
  await expect.poll(() => cache.list(namespace).length, deadline).toBe(1);
});

test('a namespace shows nothing of the others', async () => {
  const other = await freshNamespace('caches');
  const cache = open({ namespaceFor: () => namespace }).for(configMapType);
  await client.create(configMapType, configMap('mine'));
  const metadata = { name: 'foreign', namespace: other };
  const foreign = await client.create(configMapType, { ...configMap('foreign'), metadata });
  await cache.synced();
  cache.observe(foreign);
  expect(cache.list(other)).toEqual([]);
  expect(cache.get(key('mine'))).toBeDefined();
});

test('listeners that throw do not keep others, nor the cache, from the news', async () => {
  const cache = open().for(configMapType);
  await cache.synced();
  const heard: string[] = [];
  cache.onChange(() => {
    throw new Error('a bug');
  });
  cache.onChange(({ after }) => heard.push(after?.metadata.name ?? ''));
  await client.create(configMapType, configMap('one'));
  await expect.poll(() => heard, deadline).toContain('one');
});

test('waiting for the first list can be given up', async () => {
  const gone = {
    ...configMapType,
    group: 'nobody.serves.this',
    kind: 'Nothing',
    plural: 'nothing',
  };
  const caches = open();
  const waiting = new AbortController();
  const synced = caches.for(gone).synced(waiting.signal);
  waiting.abort(new Error('enough'));
  await expect(synced).rejects.toThrow('enough');
  await expect(caches.for(gone).synced(waiting.signal)).rejects.toThrow('enough');
  expect(caches.missing).toEqual([gone]);
});

describe('freshness', () => {
  test('a broken watch counts from when it was last heard, until it is heard again', async () => {
    const state = { isBroken: false };
    const cache = open({ client: breakable(state) }).for(configMapType);
    await cache.synced();
    expect(cache.staleForMs).toBe(0);
    state.isBroken = true;
    await client.create(configMapType, configMap('unseen'));
    await expect.poll(() => cache.staleForMs, deadline).toBeGreaterThan(0);
    expect(cache.get(key('unseen'))).toBeUndefined();
    state.isBroken = false;
    await expect.poll(() => cache.get(key('unseen')), deadline).toBeDefined();
    expect(cache.staleForMs).toBe(0);
  });

  test('a watch that is accepted again is heard, although nothing happens', async () => {
    const state = { isBroken: false, isBrokenAfterNext: false };
    const selectorFor = () => `shard=${namespace}`;
    const cache = open({ client: breakable(state), selectorFor }).for(configMapType);
    await cache.synced();
    state.isBrokenAfterNext = true;
    await client.create(configMapType, configMap('last', { labels: { shard: namespace } }));
    await expect.poll(() => cache.staleForMs, deadline).toBeGreaterThan(0);
    expect(cache.get(key('last'))).toBeDefined();
    state.isBroken = false;
    await expect.poll(() => cache.staleForMs, deadline).toBe(0);
  });

  test('silence counts too: bookmarks come once a minute', async () => {
    const clock = createFakeClock(systemClock.now());
    const cache = open({ clock }).for(configMapType);
    await cache.synced();
    clock.tick(135_000);
    expect(cache.staleForMs).toBe(0);
    clock.tick(1);
    expect(cache.staleForMs).toBe(135_001);
  });

  test('after the end of the watch nothing is fresh', async () => {
    const clock = createFakeClock(systemClock.now());
    const cache = open({ clock }).for(configMapType);
    await cache.synced();
    stopping.abort();
    clock.tick(1);
    await expect.poll(() => cache.staleForMs, deadline).toBe(1);
  });
});
