import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  kubeconfigSecret,
  remoteSide,
  tenantOfRemote,
  toRemote,
  type RemoteSide,
} from '../../../../test/support/remote-cluster.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness({ flags: { allowLoopbackClusters: true } });
});
afterAll(() => harness[Symbol.asyncDispose]());

const files = (remote: RemoteSide, names: string[], value = '1') =>
  Object.fromEntries(
    names.map((name) => [
      `${name}.yaml`,
      configMap(name, { value }, { namespace: remote.namespace }),
    ]),
  );

async function deployed(spec: object = {}, names = ['a', 'b']) {
  const remote = await remoteSide(harness.admin);
  const namespace = await tenantOfRemote(harness, await remote.kubeconfig());
  const revision = await harness.publish(files(remote, names), { namespace });
  await harness.deploy(namespace, 'apps', { ...toRemote, ...spec });
  await harness.ready(namespace, 'apps', revision);
  return { remote, namespace };
}

const read = ({ namespace }: RemoteSide, name: string) =>
  harness.read('v1', 'ConfigMap', { namespace, name });
const valueOf = async (remote: RemoteSide, name: string) =>
  ((await read(remote, name))?.['data'] as { value?: string } | undefined)?.value;

it('applies as the user of the kubeconfig, and says of which cluster the inventory is', async () => {
  const { remote, namespace } = await deployed();
  const object = await read(remote, 'a');
  expect(object?.metadata.labels).toMatchObject({
    'kustomize.toolkit.fluxcd.io/name': 'apps',
    'kustomize.toolkit.fluxcd.io/namespace': namespace,
  });
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.inventory?.entries).toHaveLength(2);
  expect(status?.inventory?.cluster).toMatch(/^[0-9a-f]{16}$/);
});

it('makes good what was changed and deleted there when it looks', async () => {
  const { remote, namespace } = await deployed();
  const type = await harness.type('v1', 'ConfigMap');
  const key = { namespace: remote.namespace, name: 'a' };
  const body = { data: { value: 'drifted' } };
  await harness.admin.patch(type, key, { type: 'merge', body });
  await harness.admin.delete(type, { ...key, name: 'b' });
  await harness.request(namespace, 'apps');
  expect(await valueOf(remote, 'a')).toBe('1');
  expect(await valueOf(remote, 'b')).toBe('1');
});

it('what is as it was left is read, and not written', async () => {
  const { remote, namespace } = await deployed();
  const before = await read(remote, 'a');
  harness.requests();
  await harness.request(namespace, 'apps');
  const local = harness.requests().map(({ verb, resource }) => `${verb} ${resource}`);
  expect(local.filter((one) => !one.includes('kustomizations'))).toEqual(['get secrets']);
  expect(await read(remote, 'a')).toEqual(before);
});

it('prunes there what left Git', async () => {
  const { remote, namespace } = await deployed();
  const revision = await harness.publish(files(remote, ['a'], '2'), { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect(await valueOf(remote, 'a')).toBe('2');
  expect(await read(remote, 'b')).toBeUndefined();
});

it('deletes there what it applied when it is deleted, and waits for the end of it', async () => {
  const { remote, namespace } = await deployed({ deletionPolicy: 'WaitForTermination' });
  const kustomizations = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  const type = await harness.type('v1', 'ConfigMap');
  const key = { namespace: remote.namespace, name: 'a' };
  const hold = (finalizers: string[]) =>
    harness.admin.patch(type, key, { type: 'merge', body: { metadata: { finalizers } } });
  await hold(['example.org/hold']);
  await harness.admin.delete(kustomizations, { namespace, name: 'apps' });
  await harness.until(namespace, 'apps', (object) =>
    Boolean(conditionOf(object, 'Ready')?.message.includes('termination')),
  );
  expect(await read(remote, 'b')).toBeUndefined();
  await hold([]);
  await harness.gone('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
    namespace,
    name: 'apps',
  });
  expect(await read(remote, 'a')).toBeUndefined();
});

it('waits for health there, by looking, and holds no worker meanwhile', async () => {
  const remote = await remoteSide(harness.admin);
  const namespace = await tenantOfRemote(harness, await remote.kubeconfig());
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'disk', namespace: remote.namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'none',
      resources: { requests: { storage: '1Mi' } },
    },
  };
  await harness.publish({ 'disk.yaml': JSON.stringify(claim) }, { namespace });
  await harness.deploy(namespace, 'apps', { ...toRemote, wait: true });
  await harness.until(
    namespace,
    'apps',
    (object) => conditionOf(object, 'Healthy')?.status === 'Unknown',
  );
  const type = await harness.type('v1', 'PersistentVolumeClaim');
  const key = { namespace: remote.namespace, name: 'disk' };
  await eventually('the claim is bound', async () => {
    const body = { status: { phase: 'Bound' } };
    await harness.admin.patch(type, key, { type: 'merge', body }, { subresource: 'status' });
    const { status } = await harness.get(namespace, 'apps');
    return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')
      ? true
      : undefined;
  });
});

it('a kind that its own build defines is used once it is served there', async () => {
  const remote = await remoteSide(harness.admin, 'cluster-admin');
  const plural = `t${remote.namespace.replace('remote-', '')}s`;
  const group = `${remote.namespace}.example.org`;
  await applyAll(harness.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: remote.namespace },
      subjects: [{ kind: 'ServiceAccount', name: 'remote-user', namespace: remote.namespace }],
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
    },
  ]);
  const namespace = await tenantOfRemote(harness, await remote.kubeconfig());
  const schema = { openAPIV3Schema: { type: 'object' } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: 'thing', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  const metadata = { name: 'thing', namespace: remote.namespace };
  const thing = { apiVersion: `${group}/v1`, kind: 'Thing', metadata };
  const revision = await harness.publish(
    { 'crd.yaml': JSON.stringify(definition), 'thing.yaml': JSON.stringify(thing) },
    { namespace },
  );
  await harness.deploy(namespace, 'apps', toRemote);
  await harness.ready(namespace, 'apps', revision);
});

it('the key value.yaml serves where value is not there, and a named key before both', async () => {
  const remote = await remoteSide(harness.admin);
  const namespace = await tenantOfRemote(harness, 'none');
  const text = await remote.kubeconfig();
  await harness.publish(files(remote, ['a']), { namespace });
  const type = await harness.type('v1', 'Secret');
  await harness.admin.delete(type, { namespace, name: 'remote' });
  await applyAll(harness.admin, [kubeconfigSecret(namespace, text, 'value.yaml')]);
  await harness.deploy(namespace, 'apps', toRemote);
  await harness.ready(namespace, 'apps');
  const secretRef = { name: 'remote', key: 'other' };
  await harness.deploy(namespace, 'apps', { ...toRemote, kubeConfig: { secretRef } });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toBe(
    `Secret '${namespace}/remote' of spec.kubeConfig has no kubeconfig: put one under the key 'other'`,
  );
  await applyAll(harness.admin, [kubeconfigSecret(namespace, text, 'other')]);
  await harness.ready(namespace, 'apps');
});
