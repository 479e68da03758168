import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBreakableLink, type BreakableLink } from '../../test/support/breakable-link.ts';
import { freshName } from '../../test/support/cluster.ts';
import { startPlane } from '../engines/plane/start-plane.ts';
import type { Plane } from '../engines/plane/plane.ts';
import { isExpired } from './api-error.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { configMapType, namespaceType } from './core-resources.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeObject } from './object.ts';
import type { RequestRecord } from './sender.ts';
import { listWatch, type ListWatchOptions } from './watch.ts';

/** Restarts its API server, so it cannot be the shared one. */
let plane: Plane;
let client: ClosableClient;
let link: BreakableLink;

beforeAll(async () => {
  plane = await startPlane();
  client = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  link = await openBreakableLink(plane.server);
});

afterAll(async () => {
  await client?.close();
  await link?.[Symbol.asyncDispose]();
  await plane?.stop();
});

async function freshNamespace(): Promise<string> {
  const name = freshName('watch');
  await client.create(namespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** An observer behind the breakable link, and what it holds: names with their `data.v`. */
async function observer(namespace: string, more: Partial<ListWatchOptions<KubeObject>> = {}) {
  const requests: RequestRecord[] = [];
  const cluster = await loadKubeconfig({ paths: [plane.kubeconfig] });
  const through = createClient({
    cluster: { ...cluster, server: link.url },
    onRequest: (record) => requests.push(record),
  });
  const controller = new AbortController();
  const held = new Map<string, string>();
  const counts = { syncs: 0, failures: 0, removals: 0 };
  const valueOf = (object: KubeObject) => String((object['data'] as { v?: string })?.v);
  const labelSelector = 'test=watch';
  const options = { client: through, type: configMapType, namespace, labelSelector, ...more };
  const running = (async () => {
    for await (const seen of listWatch({ ...options, signal: controller.signal })) {
      if (seen.type === 'sync') {
        counts.syncs++;
        counts.removals += seen.removed.length;
        held.clear();
        for (const item of seen.items) held.set(item.metadata.name, valueOf(item));
      } else if (seen.type === 'changed') held.set(seen.object.metadata.name, valueOf(seen.object));
      else if (seen.type === 'removed') {
        counts.removals++;
        held.delete(seen.object.metadata.name);
      } else counts.failures++;
    }
  })();
  return {
    counts,
    requests,
    holds: (expected: Record<string, string>) =>
      expect.poll(() => Object.fromEntries(held)).toEqual(expected),
    async [Symbol.asyncDispose]() {
      controller.abort();
      await running;
      await through.close();
    },
  };
}

async function put(namespace: string, name: string, v: string) {
  const metadata = { namespace, name, labels: { test: 'watch' } };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { v } };
  return (await client.apply(configMapType, object, { fieldManager: 'test' })).object;
}

test('holds what the API server holds, through creations, changes and deletions', async () => {
  const namespace = await freshNamespace();
  await put(namespace, 'a', '1');
  await using observed = await observer(namespace);
  await observed.holds({ a: '1' });
  await put(namespace, 'a', '2');
  await put(namespace, 'b', '1');
  await observed.holds({ a: '2', b: '1' });
  await client.delete(configMapType, { namespace, name: 'a' });
  await observed.holds({ b: '1' });
  expect(observed.requests.map(({ verb }) => verb)).toEqual(['watch']);
});

test('an object that leaves the selector is removed, one that enters it is added', async () => {
  const namespace = await freshNamespace();
  await put(namespace, 'a', '1');
  await using observed = await observer(namespace);
  await observed.holds({ a: '1' });
  const key = { namespace, name: 'a' };
  const relabel = (test: string) =>
    client.patch(configMapType, key, { type: 'merge', body: { metadata: { labels: { test } } } });
  await relabel('other');
  await observed.holds({});
  await relabel('watch');
  await observed.holds({ a: '1' });
});

describe('through a broken network', () => {
  test('a cut connection is resumed without a list, and what happened meanwhile is seen', async () => {
    const namespace = await freshNamespace();
    await put(namespace, 'a', '1');
    await put(namespace, 'b', '1');
    await using observed = await observer(namespace);
    await observed.holds({ a: '1', b: '1' });
    link.block();
    await put(namespace, 'a', '2');
    await client.delete(configMapType, { namespace, name: 'b' });
    await put(namespace, 'c', '1');
    link.mend();
    await observed.holds({ a: '2', c: '1' });
    expect(observed.counts).toMatchObject({ syncs: 1, removals: 1 });
    expect(observed.counts.failures).toBeGreaterThan(0);
  });

  test('a connection that is open but dead is noticed and replaced', async () => {
    const namespace = await freshNamespace();
    await using observed = await observer(namespace, { idleTimeoutMs: 1_500 });
    await put(namespace, 'a', '1');
    await observed.holds({ a: '1' });
    link.stall();
    await put(namespace, 'b', '1');
    await expect.poll(() => observed.counts.failures).toBeGreaterThan(0);
    link.mend();
    await observed.holds({ a: '1', b: '1' });
  });

  test('a watch that the server ends is renewed from a bookmark', async () => {
    const namespace = await freshNamespace();
    await using observed = await observer(namespace, { renewSeconds: 1 });
    await observed.holds({});
    // Elsewhere, so that only bookmarks move this watch on.
    for (let i = 0; i < 5; i++) await put('default', 'noise', String(i));
    const watches = () => observed.requests.filter(({ verb }) => verb === 'watch').length;
    await expect.poll(watches).toBeGreaterThan(3);
    await put(namespace, 'a', '1');
    await observed.holds({ a: '1' });
    expect(observed.counts).toMatchObject({ syncs: 1, failures: 0 });
  });
});

test('whatever the network does, what is held in the end is what there is', async () => {
  const namespace = await freshNamespace();
  await using observed = await observer(namespace, { renewSeconds: 2, idleTimeoutMs: 2_000 });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const alive = new Map<string, string>();
  // Numerical Recipes' generator: the same disasters in each run.
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) % n;
  for (let i = 0; i < 150; i++) {
    const name = names[random(names.length)] ?? '';
    if (alive.delete(name) && random(2) === 0)
      await client.delete(configMapType, { namespace, name });
    else {
      await put(namespace, name, String(i));
      alive.set(name, String(i));
    }
    const luck = random(20);
    if (luck === 0) link.cut();
    if (luck === 1) link.block();
    if (luck === 2) link.stall();
    if (luck === 3) link.mend();
  }
  link.mend();
  await observed.holds(Object.fromEntries(alive));
});

test('bookmarks move a watch on past what it does not see', async () => {
  const [watched, elsewhere] = [await freshNamespace(), await freshNamespace()];
  const { resourceVersion } = await client.list(configMapType, { namespace: watched });
  const signal = AbortSignal.timeout(120_000);
  let marked = '';
  // The server sends one shortly before the time it was asked to end.
  const options = { namespace: watched, labelSelector: 'x=y', resourceVersion, timeoutSeconds: 8 };
  const watching = (async () => {
    for await (const event of client.watch(configMapType, { ...options, signal })) {
      if (event.type === 'BOOKMARK') marked = event.resourceVersion;
    }
  })();
  let first: KubeObject | undefined;
  const noise = async () => {
    const written = await put(elsewhere, 'noise', String(performance.now()));
    first ??= written;
    return marked;
  };
  await expect.poll(noise, { interval: 500 }).not.toBe('');
  await watching;
  expect(Number(marked)).toBeGreaterThanOrEqual(Number(first?.metadata.resourceVersion));
});

describe('a restart of the API server', () => {
  test('is survived: deletions, changes and additions during it are all seen', async () => {
    const namespace = await freshNamespace();
    for (const name of ['a', 'b', 'c']) await put(namespace, name, '1');
    await using observed = await observer(namespace);
    await observed.holds({ a: '1', b: '1', c: '1' });
    link.block();
    await client.delete(configMapType, { namespace, name: 'b' });
    await put(namespace, 'c', '2');
    await plane.restartApiServer();
    await put(namespace, 'd', '1');
    link.mend();
    await observed.holds({ a: '1', c: '2', d: '1' });
    expect(observed.counts.removals).toBe(1);
  });

  test('forgets old versions: a watch from one is told so, and an observer lists again', async () => {
    const namespace = await freshNamespace();
    const old = await put(namespace, 'a', '1');
    await put(namespace, 'gone', '1');
    await using observed = await observer(namespace);
    await observed.holds({ a: '1', gone: '1' });
    link.block();
    await client.delete(configMapType, { namespace, name: 'gone' });
    for (let i = 2; i < 5; i++) await put(namespace, 'a', String(i));
    await plane.restartApiServer();
    const watching = async () => {
      const resourceVersion = old.metadata.resourceVersion ?? '';
      const signal = AbortSignal.timeout(120_000);
      for await (const event of client.watch(configMapType, {
        namespace,
        resourceVersion,
        signal,
      })) {
        throw new Error(`saw ${event.type}`);
      }
    };
    await expect(watching()).rejects.toSatisfy(isExpired);
    link.mend();
    await observed.holds({ a: '4' });
    expect(observed.counts).toMatchObject({ syncs: 2, removals: 1 });
  });
});
