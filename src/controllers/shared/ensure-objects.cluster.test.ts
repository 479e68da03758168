import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterContext, freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { silentLog } from '../../base/log.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { clusterRole, clusterRoleBinding } from '../../access/tenancy/ownership.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import { ensureObjects } from './ensure-objects.ts';

const name = freshName('ensured');
const stopping = new AbortController();
let client: ClosableClient;
beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster, log: silentLog, userAgent: name });
});
afterAll(async () => {
  stopping.abort();
  await client?.close();
});

/** Ensures objects of this test, as a controller that has just started. */
function ensurer(writes: Pick<ClosableClient, 'apply' | 'patch'> = client) {
  const selectorFor = () => `test.example/ensured=${name}`;
  const caches = createCaches({ client, signal: stopping.signal, log: silentLog, selectorFor });
  return ensureObjects({
    client: { ...client, ...writes },
    caches,
    fieldManager: 'test',
    onChange: () => {},
  });
}

test('what the API server refuses keeps nothing else from being made', async () => {
  const { signal } = stopping;
  const ensure = ensurer();
  const labels = { 'test.example/ensured': name };
  const broken = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: `${name}.broken`, labels },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] },
        ],
      },
      validations: [{ expression: "'not\nclosed" }],
    },
  };
  const role = clusterRole({ name, labels }, []);
  const failed = await ensure([broken, role], signal);
  expect(failed.map(({ object }) => object.metadata.name)).toEqual([broken.metadata.name]);
  await kubectlOk(['get', 'clusterrole', name]);
  await kubectlOk(['delete', 'clusterrole', name]);
});

test.each(['controller', 'capsule'])(
  'what Capsule wrote, as %s, and nobody says any more, goes; what others wrote stays',
  async (manager) => {
    const { signal } = stopping;
    const role = `${name}-${manager}`;
    const labels = { 'test.example/ensured': name };
    const create = ['create', 'clusterrole', role, '--verb=get', '--resource=pods'];
    await kubectlOk([...create, `--field-manager=${manager}`]);
    const label = ['label', 'clusterrole', role];
    await kubectlOk([...label, `--field-manager=${manager}`, 'said=once']);
    await kubectlOk([...label, 'test.example/mine=yes', `test.example/ensured=${name}`]);
    const ensure = ensurer();
    expect(await ensure([clusterRole({ name: role, labels }, [])], signal)).toEqual([]);
    const { metadata, rules } = JSON.parse(
      await kubectlOk(['get', 'clusterrole', role, '-o', 'json']),
    ) as { metadata: { labels: object }; rules?: unknown[] };
    expect(metadata.labels).toMatchObject({ ...labels, 'test.example/mine': 'yes' });
    expect(metadata.labels).not.toHaveProperty('said');
    expect(rules ?? []).toEqual([]);
    await kubectlOk(['delete', 'clusterrole', role]);
  },
);

test('a binding to nobody is written once: the API server leaves the empty list out', async () => {
  const { signal } = stopping;
  let writes = 0;
  const ensure = ensurer({
    apply: (...request) => (writes++, client.apply(...request)),
    patch: (...request) => (writes++, client.patch(...request)),
  });
  const labels = { 'test.example/ensured': name };
  const binding = clusterRoleBinding({ name: `${name}-nobody`, labels }, []);
  expect(await ensure([binding], signal)).toEqual([]);
  expect(await ensure([binding], signal)).toEqual([]);
  expect(writes).toBe(1);
  await kubectlOk(['delete', 'clusterrolebinding', binding.metadata.name]);
});
