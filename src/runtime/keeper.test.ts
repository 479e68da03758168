import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { createMemoryCaches, type MemoryCaches } from '../../test/support/memory-caches.ts';
import { silentLog } from '../base/log.ts';
import { KubeApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { startKeeper, type Keeper } from './keeper.ts';
import { createMetrics } from './metrics.ts';
import { createRuntime } from './runtime.ts';

const type: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'oil-apps' },
});

let clock: FakeClock;
let caches: MemoryCaches;
let stop: AbortController;
let seen: string[];
let answer: (name: string) => number | undefined;
let keeper: Keeper;
let watches: number;

beforeEach(() => {
  clock = createFakeClock();
  caches = createMemoryCaches();
  stop = new AbortController();
  seen = [];
  watches = 0;
  answer = () => undefined;
  caches.put(type, pod('web'));
  const runtime = createRuntime({
    // Nothing here asks an API server.
    client: {} as KubeClient,
    caches,
    recorder: { record: () => {} },
    metrics: createMetrics(),
    log: silentLog,
    signal: stop.signal,
    clock,
    minRetryMs: 1_000,
    maxRetryMs: 1_000,
  });
  keeper = startKeeper({
    name: 'test',
    runtime,
    watch() {
      watches++;
      return caches.for(type);
    },
    keep({ metadata }) {
      seen.push(metadata.name);
      return Promise.resolve().then(() => answer(metadata.name));
    },
  });
});
afterEach(async () => {
  stop.abort();
  await keeper.done;
});

test('watches nothing before it is opened, and then once', async () => {
  keeper.wake({ namespace: 'oil-apps', name: 'web' });
  await clock.advance(1);
  expect([watches, seen]).toEqual([0, []]);
  keeper.open();
  keeper.open();
  await clock.advance(1);
  expect([watches, seen]).toEqual([1, ['web']]);
});

test('looks again when it was asked to, and when it is woken', async () => {
  answer = () => (seen.length === 1 ? 5_000 : undefined);
  keeper.open();
  await clock.advance(4_999);
  expect(seen).toEqual(['web']);
  await clock.advance(1);
  expect(seen).toEqual(['web', 'web']);
  keeper.wake({ namespace: 'oil-apps', name: 'web' });
  await clock.advance(1);
  expect(seen).toHaveLength(3);
});

test('tries again what failed, after a while', async () => {
  answer = () => {
    if (seen.length === 1) throw new Error('the server does not answer');
    return undefined;
  };
  keeper.open();
  await clock.advance(1_000);
  expect(seen).toEqual(['web', 'web']);
  await clock.advance(60_000);
  expect(seen).toHaveLength(2);
});

test('tries again where something was another by then, which need not be what it keeps', async () => {
  answer = () => {
    if (seen.length > 1) return undefined;
    throw new KubeApiError({ code: 409, reason: 'Conflict', message: 'the uid is another' });
  };
  keeper.open();
  await clock.advance(60_000);
  expect(seen).toEqual(['web', 'web']);
});

test('does not try again what is gone', async () => {
  answer = () => {
    caches.remove(type, { namespace: 'oil-apps', name: 'web' });
    throw new KubeApiError({ code: 404, reason: 'NotFound', message: 'there is none' });
  };
  keeper.open();
  await clock.advance(60_000);
  expect(seen).toEqual(['web']);
});
