import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterContext, freshNamespace } from '../../test/support/cluster.ts';
import { isConflict } from './api-error.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeObject, ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';
import { patchStatus } from './status.ts';

const replicaSets: ResourceType = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  namespaced: true,
};

const records: RequestRecord[] = [];
let client: ClosableClient;
let target: Parameters<typeof patchStatus>[1];
let created: KubeObject;

beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster, onRequest: (record) => records.push(record) });
  const key = { namespace: await freshNamespace('status'), name: 'r' };
  const labels = { app: 'r' };
  created = await client.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: key,
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  target = { type: replicaSets, key, fieldManager: 'test' };
});
afterAll(() => client.close());

const condition = { type: 'Tested', status: 'True', reason: 'Test', message: 'yes' };

test('writes what changed to the status alone, and asks nothing when nothing changed', async () => {
  const statuses = { before: {}, after: { conditions: [condition] } };
  const patched = await patchStatus(client, target, statuses);
  expect(patched?.['status']).toMatchObject({ conditions: [condition] });
  expect(patched?.['spec']).toEqual(created['spec']);
  expect(patched?.metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'test', subresource: 'status' }),
  );
  expect(records.at(-1)).toMatchObject({ verb: 'patch', subresource: 'status', code: 200 });
  const count = records.length;
  const same = { before: { conditions: [condition] }, after: { conditions: [{ ...condition }] } };
  expect(await patchStatus(client, target, same)).toBeUndefined();
  expect(records).toHaveLength(count);
});

test('removes what is no longer there', async () => {
  const statuses = { before: { conditions: [condition] }, after: {} };
  const patched = await patchStatus<KubeObject & { status: object }>(client, target, statuses);
  expect(patched?.status).not.toHaveProperty('conditions');
});

test('refuses to overwrite a newer status when asked to', async () => {
  const statuses = { before: {}, after: { conditions: [condition] } };
  const old = { ...target, resourceVersion: created.metadata.resourceVersion ?? '' };
  await expect(patchStatus(client, old, statuses)).rejects.toSatisfy(isConflict);
});
