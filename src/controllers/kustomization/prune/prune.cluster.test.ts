import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const read = (namespace: string, name: string) =>
  harness.read('v1', 'ConfigMap', { namespace, name });
const idsOf = async (namespace: string, name: string) =>
  (await harness.get(namespace, name)).status?.inventory?.entries.map(({ id }) => id);

const both = { 'a.yaml': configMap('a', {}), 'b.yaml': configMap('b', {}) };
const onlyA = { 'a.yaml': configMap('a', {}) };

async function deployed(files: Record<string, string>, spec = {}): Promise<string> {
  const namespace = await harness.tenant();
  const revision = await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', spec);
  await harness.ready(namespace, 'apps', revision);
  return namespace;
}

async function push(namespace: string, files: Record<string, string>): Promise<void> {
  const revision = await harness.publish(files, { namespace });
  await harness.ready(namespace, 'apps', revision);
}

it('deletes what left Git, tells it, and keeps the rest', async () => {
  const namespace = await deployed(both);
  await push(namespace, onlyA);
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'b' });
  expect(await read(namespace, 'a')).toBeDefined();
  expect(await idsOf(namespace, 'apps')).toEqual([`${namespace}_a__ConfigMap`]);
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(told.map(({ message }) => message)).toContain(`ConfigMap/${namespace}/b deleted`);
});

it('deletes nothing with prune: false', async () => {
  const namespace = await deployed(both, { prune: false });
  await push(namespace, onlyA);
  expect(await read(namespace, 'b')).toBeDefined();
  expect(await idsOf(namespace, 'apps')).toEqual([`${namespace}_a__ConfigMap`]);
});

it.each(['prune', 'reconcile'])('leaves what is marked %s: disabled', async (mark) => {
  const annotations = { [`kustomize.toolkit.fluxcd.io/${mark}`]: 'Disabled' };
  const namespace = await harness.tenant();
  await harness.publish({ ...onlyA, 'b.yaml': configMap('b', {}) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const type = await harness.type('v1', 'ConfigMap');
  const body = { metadata: { annotations } };
  await harness.admin.patch(type, { namespace, name: 'b' }, { type: 'merge', body });
  await push(namespace, onlyA);
  expect(await read(namespace, 'b')).toBeDefined();
});

it('leaves an object that somebody took over, whatever the inventory says', async () => {
  const namespace = await deployed(both);
  const type = await harness.type('v1', 'ConfigMap');
  const labels = { 'kustomize.toolkit.fluxcd.io/name': 'other' };
  await harness.deploy(namespace, 'apps', { suspend: true });
  const key = { namespace, name: 'b' };
  await harness.admin.patch(type, key, { type: 'merge', body: { metadata: { labels } } });
  const revision = await harness.publish(onlyA, { namespace });
  await harness.deploy(namespace, 'apps', { suspend: false });
  await harness.ready(namespace, 'apps', revision);
  expect(await read(namespace, 'b')).toBeDefined();
});

it('deletes nothing by an inventory that was forged', async () => {
  const victim = await deployed(both);
  const namespace = await deployed(onlyA);
  const { status } = await harness.get(namespace, 'apps');
  const entries = [
    ...(status?.inventory?.entries ?? []),
    { id: `${victim}_b__ConfigMap`, v: 'v1' },
    { id: `_${victim}__Namespace`, v: 'v1' },
    { id: 'kube-system_coredns__ConfigMap', v: 'v1' },
    { id: 'nonsense', v: 'v1' },
  ];
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  const body = { status: { inventory: { entries } } };
  const options = { subresource: 'status' } as const;
  await harness.admin.patch(type, { namespace, name: 'apps' }, { type: 'merge', body }, options);
  await harness.request(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  expect(await read(victim, 'b')).toBeDefined();
  const object = await harness.read('v1', 'Namespace', { name: victim });
  expect(object?.metadata.deletionTimestamp).toBeUndefined();
});

it('keeps in the inventory what it may not delete, says so, and deletes it once it may', async () => {
  const namespace = await harness.tenant('weak', null);
  const apiGroup = 'rbac.authorization.k8s.io';
  const role = (...verbs: string[]) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: 'Role',
    metadata: { name: account, namespace },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
  });
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: account, namespace },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    roleRef: { apiGroup, kind: 'Role', name: account },
  };
  await applyAll(harness.admin, [role('get', 'create', 'patch'), binding]);
  await harness.publish(both, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const revision = await harness.publish(onlyA, { namespace });
  const { message } = await harness.failed(namespace, 'apps', 'PruneFailed');
  expect(message).toContain(`may not delete configmaps in namespace '${namespace}'`);
  expect(await idsOf(namespace, 'apps')).toEqual([
    `${namespace}_a__ConfigMap`,
    `${namespace}_b__ConfigMap`,
  ]);
  await applyAll(harness.admin, [role('get', 'create', 'patch', 'delete')]);
  await harness.ready(namespace, 'apps', revision);
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'b' });
});

it('forgets what was deleted by hand meanwhile', async () => {
  const namespace = await deployed(both);
  await harness.deploy(namespace, 'apps', { suspend: true });
  const type = await harness.type('v1', 'ConfigMap');
  await harness.admin.delete(type, { namespace, name: 'b' });
  const revision = await harness.publish(onlyA, { namespace });
  await harness.deploy(namespace, 'apps', { suspend: false });
  await harness.ready(namespace, 'apps', revision);
  await eventually('the inventory is trimmed', async () => {
    const ids = await idsOf(namespace, 'apps');
    return ids?.length === 1 ? true : undefined;
  });
});

it('renames by making the new before deleting the old', async () => {
  const namespace = await deployed(onlyA);
  await push(namespace, { 'c.yaml': configMap('c', {}) });
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  const messages = told.map(({ message }) => message);
  const [made, deleted] = [`ConfigMap/${namespace}/c created`, `ConfigMap/${namespace}/a deleted`];
  expect(messages.indexOf(made)).toBeLessThan(messages.indexOf(deleted));
  expect(messages.indexOf(made)).toBeGreaterThanOrEqual(0);
});
