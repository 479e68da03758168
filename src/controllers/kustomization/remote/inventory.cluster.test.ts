import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBreakableLink } from '../../../../test/support/breakable-link.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  byOtherName,
  kubeconfigSecret,
  planeCluster,
  remoteSide,
  tenantOfRemote,
  toRemote,
} from '../../../../test/support/remote-cluster.ts';
import { untilRefused } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';

const apiVersion = 'kustomize.toolkit.fluxcd.io/v1';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness({ flags: { allowLoopbackClusters: true } });
});
afterAll(() => harness[Symbol.asyncDispose]());

async function deployed() {
  const remote = await remoteSide(harness.admin);
  const namespace = await tenantOfRemote(harness, await remote.kubeconfig());
  const file = (name: string) => configMap(name, {}, { namespace: remote.namespace });
  await harness.publish({ 'a.yaml': file('a'), 'b.yaml': file('b') }, { namespace });
  await harness.deploy(namespace, 'apps', toRemote);
  await harness.ready(namespace, 'apps');
  const read = (name: string) =>
    harness.read('v1', 'ConfigMap', { namespace: remote.namespace, name });
  const told = () => harness.events.filter(({ about }) => about === `${namespace}/apps`);
  const remove = async () => {
    const type = await harness.type(apiVersion, 'Kustomization');
    await harness.admin.delete(type, { namespace, name: 'apps' });
  };
  const gone = () => harness.gone(apiVersion, 'Kustomization', { namespace, name: 'apps' });
  return { remote, namespace, file, read, told, remove, gone };
}

it('what an earlier cluster holds is left and told, never pruned by name in another', async () => {
  const { remote, namespace, file, read, told } = await deployed();
  const before = await harness.get(namespace, 'apps');
  const { server } = await planeCluster();
  const elsewhere = await remote.kubeconfig({ cluster: { server: byOtherName(server) } });
  await applyAll(harness.admin, [kubeconfigSecret(namespace, elsewhere)]);
  const revision = await harness.publish({ 'a.yaml': file('a') }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  const after = await harness.get(namespace, 'apps');
  expect(after.status?.inventory?.cluster).not.toBe(before.status?.inventory?.cluster);
  expect(after.status?.inventory?.entries).toHaveLength(1);
  expect(await read('b')).toBeDefined();
  const [left] = told().filter(({ message }) => message.includes('another cluster than before'));
  expect(left).toMatchObject({ severity: 'error', reason: 'PruneFailed' });
  expect(left?.message).toContain(`ConfigMap/${remote.namespace}/b`);
});

it('other credentials for the same cluster change nothing', async () => {
  const { remote, namespace, file, read } = await deployed();
  const next = await remoteSide(harness.admin);
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' };
  await applyAll(harness.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'rotated', namespace: remote.namespace },
      subjects: [{ kind: 'ServiceAccount', name: 'remote-user', namespace: next.namespace }],
      roleRef: role,
    },
    kubeconfigSecret(namespace, await next.kubeconfig()),
  ]);
  const revision = await harness.publish({ 'a.yaml': file('a') }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect(await read('b')).toBeUndefined();
});

it('without the kubeconfig nobody can delete: told, and the Kustomization goes', async () => {
  const { remote, namespace, read, told, remove, gone } = await deployed();
  const type = await harness.type('v1', 'Secret');
  await harness.admin.delete(type, { namespace, name: 'remote' });
  await remove();
  await gone();
  expect(await read('a')).toBeDefined();
  expect(told().at(-1)).toMatchObject({ severity: 'error', reason: 'PruneFailed' });
  expect(told().at(-1)?.message).toContain(
    `Secret '${namespace}/remote' of spec.kubeConfig not found`,
  );
  expect(told().at(-1)?.message).toContain(`ConfigMap/${remote.namespace}/a`);
});

it('led to another cluster, a deletion deletes nothing there', async () => {
  const { remote, namespace, read, told, remove, gone } = await deployed();
  await harness.deploy(namespace, 'apps', { ...toRemote, suspend: true });
  const { server } = await planeCluster();
  const elsewhere = await remote.kubeconfig({ cluster: { server: byOtherName(server) } });
  await applyAll(harness.admin, [kubeconfigSecret(namespace, elsewhere)]);
  await harness.crash();
  await remove();
  const type = await harness.type(apiVersion, 'Kustomization');
  const body = { spec: { suspend: false } };
  await harness.admin.patch(type, { namespace, name: 'apps' }, { type: 'merge', body });
  await harness.restart();
  await gone();
  expect(await read('a')).toBeDefined();
  expect(told().at(-1)?.message).toContain('leads to another cluster');
});

it('a cluster that cannot be reached keeps the Kustomization, which says so, until it can', async () => {
  const { server } = await planeCluster();
  await using link = await openBreakableLink(server);
  const { remote, namespace, read, remove, gone } = await deployed();
  const through = await remote.kubeconfig({ cluster: { server: link.url } });
  await applyAll(harness.admin, [kubeconfigSecret(namespace, through)]);
  await harness.request(namespace, 'apps');
  link.block();
  await remove();
  await harness.until(namespace, 'apps', (object) =>
    Boolean(conditionOf(object, 'Ready')?.message.includes('does not answer')),
  );
  expect(await read('a')).toBeDefined();
  link.mend();
  await gone();
  expect(await read('a')).toBeUndefined();
});

it('clusters that never answer keep nobody else waiting', async () => {
  const { server } = await planeCluster();
  await using link = await openBreakableLink(server);
  link.stall();
  const remote = await remoteSide(harness.admin);
  const black = await remote.kubeconfig({ cluster: { server: link.url } });
  const namespace = await tenantOfRemote(harness, black);
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  const names = Array.from({ length: 8 }, (_, index) => `black-${index}`);
  for (const name of names) await harness.deploy(namespace, name, toRemote);
  const neighbour = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace: neighbour });
  await harness.deploy(neighbour, 'apps');
  // Not by the harness, which waits until no run is under way.
  await eventually('the neighbour is ready', async () => {
    const { status } = await harness.get(neighbour, 'apps');
    return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')
      ? true
      : undefined;
  });
  expect(link.accepted).toBeGreaterThan(0);
  const type = await harness.type(apiVersion, 'Kustomization');
  for (const name of names) await harness.admin.delete(type, { namespace, name });
});

it('what was never applied does not keep it, though its user may not even read', async () => {
  const remote = await remoteSide(harness.admin, null);
  const namespace = await tenantOfRemote(harness, await remote.kubeconfig());
  const key = { namespace: remote.namespace, name: 'a' };
  await harness.publish(
    { 'a.yaml': configMap('a', {}, { namespace: key.namespace }) },
    { namespace },
  );
  await harness.deploy(namespace, 'apps', toRemote);
  await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.inventory?.entries).toHaveLength(1);
  const type = await harness.type(apiVersion, 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'apps' });
  await harness.gone(apiVersion, 'Kustomization', { namespace, name: 'apps' });
});

it('what was applied keeps it, once its user may not even read', async () => {
  const { remote, namespace, read, remove } = await deployed();
  const bindings = await harness.type('rbac.authorization.k8s.io/v1', 'RoleBinding');
  const binding = { namespace: remote.namespace, name: 'remote-user-admin' };
  await harness.crash();
  await harness.admin.delete(bindings, binding);
  const user = serviceAccountIdentity(remote.namespace, 'remote-user');
  const reading = { verb: 'get', resource: 'configmaps', namespace: remote.namespace };
  await untilRefused(harness.admin, user, reading);
  await harness.restart();
  await remove();
  await harness.failed(namespace, 'apps', 'PruneFailed');
  expect(await read('a')).toBeDefined();
});
