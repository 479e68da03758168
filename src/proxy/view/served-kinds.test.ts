import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import type { RawRequest } from '../../kube/client.ts';
import { createServedKinds } from './served-kinds.ts';

interface Served {
  group: string;
  version: string;
  resource: string;
  scope: 'Namespaced' | 'Cluster';
}

const discovery = (served: readonly Served[], isCore: boolean) => ({
  items: served
    .filter(({ group }) => (group === '') === isCore)
    .map(({ group, version, resource, scope }) => ({
      metadata: { name: group },
      versions: [{ version, resources: [{ resource, scope, responseKind: { kind: 'Any' } }] }],
    })),
});

function started(served: Served[], aggregated: { group: string; version: string }[] = []) {
  let [now, asked, isAway] = [0, 0, false];
  const clock: Clock = { now: () => now, after: () => () => {} };
  const answer = ({ path }: RawRequest) => {
    if (path === '/api') return discovery(served, true);
    if (path === '/apis') return discovery(served, false);
    return {
      items: aggregated.map((spec) => ({ spec: { ...spec, service: { name: 'metrics' } } })),
    };
  };
  const client = {
    raw<T>(request: RawRequest): Promise<T> {
      asked += 1;
      // The type of an answer is the caller's claim, as with the real one.
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve(answer(request) as T);
    },
  };
  return {
    kinds: createServedKinds(client, clock),
    served,
    rounds: () => asked / 3,
    pass: (ms: number) => void (now += ms),
    away: (is: boolean) => void (isAway = is),
  };
}

const pods: Served = { group: '', version: 'v1', resource: 'pods', scope: 'Namespaced' };
const nodes: Served = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  resource: 'nodes',
  scope: 'Cluster',
};

test('kinds are told by group, version and plural name; without a version by the preferred one', async () => {
  const { kinds } = started(
    [pods, nodes, { ...pods, version: 'v2', scope: 'Cluster' }],
    [{ group: 'metrics.k8s.io', version: 'v1beta1' }],
  );
  const ofPods = { version: 'v1', scope: 'namespaced', isAggregated: false };
  expect(await kinds.find('', 'pods', 'v1')).toMatchObject(ofPods);
  expect(await kinds.all()).toContainEqual({ group: '', resource: 'pods', ...ofPods });
  expect(await kinds.find('', 'pods', undefined)).toMatchObject(ofPods);
  expect(await kinds.find('', 'pods', 'v2')).toMatchObject({ scope: 'cluster' });
  expect(await kinds.find('metrics.k8s.io', 'nodes', 'v1beta1')).toMatchObject({
    version: 'v1beta1',
    scope: 'cluster',
    isAggregated: true,
  });
  expect(await kinds.find('apps', 'pods', 'v1')).toBeUndefined();
});

test('discovery is asked once for all; for what is unknown at most each second', async () => {
  const { kinds, rounds, pass } = started([pods]);
  await Promise.all([kinds.find('', 'pods', 'v1'), kinds.find('', 'none', 'v1')]);
  await kinds.find('', 'other', 'v1');
  expect(rounds()).toBe(1);
  pass(1_000);
  await kinds.find('', 'other', 'v1');
  expect(rounds()).toBe(2);
  await kinds.find('', 'pods', 'v1');
  expect(rounds()).toBe(2);
});

test('what comes or goes is known at once when it is heard of, and in time when it is not', async () => {
  const { kinds, served, pass } = started([pods]);
  expect(await kinds.find('', 'pods', 'v1')).toMatchObject({ scope: 'namespaced' });
  served[0] = { ...pods, scope: 'Cluster' };
  expect(await kinds.find('', 'pods', 'v1')).toMatchObject({ scope: 'namespaced' });
  kinds.invalidate();
  expect(await kinds.find('', 'pods', 'v1')).toMatchObject({ scope: 'cluster' });
  served.pop();
  pass(300_000);
  expect(await kinds.find('', 'pods', 'v1')).toBeUndefined();
});

test('what cannot be found out is no answer', async () => {
  const { kinds, away } = started([pods]);
  away(true);
  await expect(kinds.find('', 'pods', 'v1')).rejects.toThrow('away');
  away(false);
  expect(await kinds.find('', 'pods', 'v1')).toBeDefined();
});
