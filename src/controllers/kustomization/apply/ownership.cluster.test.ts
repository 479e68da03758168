import { afterAll, beforeAll, expect, it } from 'vitest';
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
const ownerOf = async (namespace: string, name: string) =>
  (await read(namespace, name))?.metadata.labels?.['kustomize.toolkit.fluxcd.io/name'];

/** Two Kustomizations of one namespace that both build `shared`. */
async function rivals(namespace: string): Promise<void> {
  await harness.publish(
    {
      'one/a.yaml': configMap('shared', { from: 'one' }),
      'two/a.yaml': configMap('shared', { from: 'two' }),
      'two/b.yaml': configMap('other', { from: 'two' }),
    },
    { namespace },
  );
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.ready(namespace, 'one');
}

it('two Kustomizations of a tenant do not fight over an object: the second names both', async () => {
  const namespace = await harness.tenant();
  await rivals(namespace);
  await harness.deploy(namespace, 'two', { path: './two' });
  const { message } = await harness.failed(namespace, 'two', 'ReconciliationFailed');
  expect(message).toBe(
    `ConfigMap/${namespace}/shared is managed by Kustomization '${namespace}/one' as well as by ` +
      `'${namespace}/two': remove it from one of the two`,
  );
  const object = await read(namespace, 'shared');
  expect(object?.['data']).toEqual({ from: 'one' });
});

it('deleting the one that was refused deletes nothing of the other', async () => {
  const namespace = await harness.tenant();
  await rivals(namespace);
  await harness.deploy(namespace, 'two', { path: './two' });
  await harness.failed(namespace, 'two', 'ReconciliationFailed');
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'two' });
  await harness.gone('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { namespace, name: 'two' });
  expect(await ownerOf(namespace, 'shared')).toBe('one');
});

it('the second takes over as soon as the first lets go', async () => {
  const namespace = await harness.tenant();
  await rivals(namespace);
  await harness.deploy(namespace, 'two', { path: './two', retryInterval: '10m' });
  await harness.failed(namespace, 'two', 'ReconciliationFailed');
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'one' });
  await harness.ready(namespace, 'two');
  expect(await ownerOf(namespace, 'shared')).toBe('two');
});

it('what an owner that is no more left behind is taken over', async () => {
  const namespace = await harness.tenant();
  await rivals(namespace);
  await harness.deploy(namespace, 'one', { path: './one', deletionPolicy: 'Orphan' });
  await harness.ready(namespace, 'one');
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'one' });
  await harness.gone('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { namespace, name: 'one' });
  const before = await read(namespace, 'shared');
  await harness.deploy(namespace, 'two', { path: './two' });
  await harness.ready(namespace, 'two');
  const after = await read(namespace, 'shared');
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(await ownerOf(namespace, 'shared')).toBe('two');
});

it('a neighbour that may write here still takes nothing over, and is told of nobody', async () => {
  const namespace = await harness.tenant('victim');
  const evil = await harness.tenant('evil');
  const apiGroup = 'rbac.authorization.k8s.io';
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'careless', namespace },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: evil }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'admin' },
    },
  ]);
  await rivals(namespace);
  await harness.publish({ 'a.yaml': configMap('shared', { from: 'evil' }) }, { namespace: evil });
  await harness.deploy(evil, 'apps', { targetNamespace: namespace });
  const { message } = await harness.failed(evil, 'apps', 'AccessDenied');
  expect(message).toContain(`ConfigMap/${namespace}/shared exists and may not be taken over`);
  expect(message).not.toContain('one');
  const object = await read(namespace, 'shared');
  expect(object?.['data']).toEqual({ from: 'one' });
});

it('labels that were copied along with a manifest prove nothing', async () => {
  const victim = await harness.tenant('victim');
  await rivals(victim);
  const namespace = await harness.tenant();
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'one',
    'kustomize.toolkit.fluxcd.io/namespace': victim,
  };
  const copy = JSON.parse(configMap('mine', { k: 'old' }, { namespace, labels })) as never;
  await applyAll(harness.admin, [copy]);
  await harness.publish({ 'a.yaml': configMap('mine', { k: 'new' }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  expect(await ownerOf(namespace, 'mine')).toBe('apps');
});

it('an unmanaged object is taken over in place', async () => {
  const namespace = await harness.tenant();
  const byHand = JSON.parse(configMap('mine', { k: 'old', extra: 'x' }, { namespace })) as never;
  await applyAll(harness.admin, [byHand]);
  const before = await read(namespace, 'mine');
  await harness.publish({ 'a.yaml': configMap('mine', { k: 'new' }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const after = await read(namespace, 'mine');
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.['data']).toEqual({ k: 'new' });
});
