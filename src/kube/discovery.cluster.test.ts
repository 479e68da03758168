import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { clusterContext, freshName } from '../../test/support/cluster.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createClient } from './connect.ts';
import { userIdentity } from './identity.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';

const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

let cluster: ClusterConfig;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
});
afterAll(async () => {
  for (const close of closing) await close();
});

/** A client whose requests are counted and whose clock only the test moves. */
function counting() {
  const records: RequestRecord[] = [];
  const clock: FakeClock = createFakeClock();
  const client = createClient({ cluster, clock, onRequest: (record) => records.push(record) });
  closing.push(() => client.close());
  return { client, clock, records };
}

test('two requests tell every kind, once for all identities', async () => {
  const { client, records } = counting();
  const stranger = client.as(userIdentity('stranger'));
  const found = await Promise.all([
    client.discovery.resourceFor('v1', 'ConfigMap'),
    client.discovery.resourceFor('apps/v1', 'Deployment'),
    stranger.discovery.resourceFor('v1', 'Namespace'),
    stranger.discovery.resourceFor('rbac.authorization.k8s.io/v1', 'ClusterRole'),
    stranger.discovery.resourceFor('autoscaling/v2', 'HorizontalPodAutoscaler'),
  ]);
  expect(
    found.map((type) => type && `${type.plural}${type.namespaced ? ' (namespaced)' : ''}`),
  ).toEqual([
    'configmaps (namespaced)',
    'deployments (namespaced)',
    'namespaces',
    'clusterroles',
    'horizontalpodautoscalers (namespaced)',
  ]);
  expect(records.map(({ resource }) => resource).sort()).toEqual(['/api', '/apis']);
  expect(records.every(({ identity }) => identity === undefined)).toBe(true);
});

test.each([
  ['v1', 'Deployment'],
  ['apps/v1beta1', 'Deployment'],
  ['v1', 'configmaps'],
  ['', ''],
  ['v1', '__proto__'],
  ['apps/v1', 'Scale'],
])('%j %j is not served', async (apiVersion, kind) => {
  const { client } = counting();
  expect(await client.discovery.resourceFor(apiVersion, kind)).toBeUndefined();
});

test('unknown kinds cannot cause a storm of discovery', async () => {
  const { client, clock, records } = counting();
  await client.discovery.resourceFor('v1', 'ConfigMap');
  const ask = (i: number) => client.discovery.resourceFor('no.example/v1', `Kind${i}`);
  await Promise.all(Array.from({ length: 500 }, (_, i) => ask(i)));
  expect(records).toHaveLength(2);
  clock.tick(3_100);
  await Promise.all(Array.from({ length: 500 }, (_, i) => ask(i)));
  expect(records).toHaveLength(4);
  // What did not change costs headers only.
  expect(records.slice(2).map(({ code }) => code)).toEqual([304, 304]);
  await client.discovery.resourceFor('v1', 'ConfigMap');
  expect(records).toHaveLength(4);
});

test('a kind that is installed later is found, at once after invalidate', async () => {
  const { client, records } = counting();
  const group = `${freshName('late')}.example.org`;
  expect(await client.discovery.resourceFor(`${group}/v1`, 'Late')).toBeUndefined();
  const name = `lates.${group}`;
  await client.create(definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind: 'Late', plural: 'lates' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  });
  const look = () => {
    client.discovery.invalidate();
    return client.discovery.resourceFor(`${group}/v1`, 'Late');
  };
  await expect
    .poll(look)
    .toEqual({ group, version: 'v1', kind: 'Late', plural: 'lates', namespaced: false });
  const before = records.length;
  await client.discovery.resourceFor(`${group}/v1`, 'Late');
  expect(records).toHaveLength(before);
  await client.delete(definitions, { name });
});

test('an abort ends the wait of one caller, not the fetch of the others', async () => {
  const { client } = counting();
  const controller = new AbortController();
  const impatient = client.discovery.resourceFor('v1', 'Pod', { signal: controller.signal });
  const patient = client.discovery.resourceFor('v1', 'Pod');
  controller.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  expect((await patient)?.plural).toBe('pods');
});

test('an API server that is away is an error for unknown kinds, and nothing for known ones', async () => {
  const { client, clock } = counting();
  await client.discovery.resourceFor('v1', 'Pod');
  await client.close();
  clock.tick(3_600_000);
  expect((await client.discovery.resourceFor('v1', 'Pod'))?.plural).toBe('pods');
  await expect(client.discovery.resourceFor('v1', 'Nothing')).rejects.toThrow(/no answer/);
});

test('a kind is found in another version where that will do, and in no other group', async () => {
  const { client } = counting();
  const anyVersion = { anyVersion: true };
  const find = client.discovery.resourceFor;
  expect(await find('apps/v1beta1', 'Deployment')).toBeUndefined();
  const found = await find('apps/v1beta1', 'Deployment', anyVersion);
  expect(found).toMatchObject({ version: 'v1', plural: 'deployments' });
  expect(await find('extensions/v1beta1', 'Deployment', anyVersion)).toBeUndefined();
  expect(await find('v2', 'ConfigMap', anyVersion)).toMatchObject({ group: '', version: 'v1' });
});
