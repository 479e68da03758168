import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const good = { 'app/a.yaml': configMap('a', { k: '1' }), 'app/b.yaml': configMap('b', {}) };

async function deployed(): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish(good, { namespace });
  await harness.deploy(namespace, 'apps', { path: './app' });
  await harness.ready(namespace, 'apps');
  return namespace;
}
const names = async (namespace: string) => {
  const type = await harness.type('v1', 'ConfigMap');
  const { items } = await harness.admin.list(type, { namespace });
  return items.map(({ metadata }) => metadata.name).filter((name) => !name.startsWith('kube-'));
};

it('a broken manifest is named, and the last good state is kept whole', async () => {
  const namespace = await deployed();
  const broken = {
    'app/a.yaml': configMap('a', { k: '2' }),
    'app/c.yaml': 'apiVersion: v1\n kind: [',
  };
  const revision = await harness.publish(broken, { namespace });
  const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(message).toContain('c.yaml');
  expect(await names(namespace)).toEqual(['a', 'b']);
  const object = await harness.get(namespace, 'apps');
  expect(object.status?.lastAttemptedRevision).toBe(revision);
  expect(object.status?.lastAppliedRevision).not.toBe(revision);
  expect(object.status?.inventory?.entries).toHaveLength(2);
  const fixed = await harness.publish(
    { ...broken, 'app/c.yaml': configMap('c', {}) },
    { namespace },
  );
  await harness.ready(namespace, 'apps', fixed);
  expect(await names(namespace)).toEqual(['a', 'c']);
});

it('an object the API server refuses stops the run before anything is pruned', async () => {
  const namespace = await deployed();
  const invalid = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { ports: [], type: 'Nonsense' },
  });
  // One that is refused keeps nothing else from being applied at the same time.
  const files = { 'app/s.yaml': invalid, 'app/c.yaml': configMap('c', {}) };
  await harness.publish(files, { namespace });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain(`Service/${namespace}/s: `);
  expect(await names(namespace)).toEqual(['a', 'b', 'c']);
});

it('a path that is not there is named', async () => {
  const namespace = await deployed();
  await harness.deploy(namespace, 'apps', { path: './nowhere' });
  const { message } = await harness.failed(namespace, 'apps', 'ArtifactFailed');
  expect(message).toBe(
    'path "./nowhere" is not in the source: correct spec.path, or add the directory to the source',
  );
  expect(await names(namespace)).toEqual(['a', 'b']);
});

it.each([
  ['a remote base', 'resources:\n- https://github.com/example/base\n'],
  ['a path out of the artifact', 'resources:\n- ../../../../etc\n'],
])('%s is refused', async (_, text) => {
  const namespace = await harness.tenant();
  const header = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
  await harness.publish({ 'kustomization.yaml': header + text }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.failed(namespace, 'apps', 'BuildFailed');
});

it('a namespace that does not exist is named to who may know', async () => {
  const namespace = await harness.tenant();
  await harness.publish(
    { 'a.yaml': configMap('a', {}, { namespace: 'does-not-exist' }) },
    { namespace },
  );
  await harness.deploy(namespace, 'apps');
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain("in namespace 'does-not-exist'");
});

it('a source that does not exist is named, and its arrival noticed', async () => {
  const namespace = await harness.tenant();
  await harness.deploy(namespace, 'apps', { retryInterval: '1h' });
  const { message } = await harness.failed(namespace, 'apps', 'ArtifactFailed');
  expect(message).toContain(`GitRepository '${namespace}/fleet' not found`);
  await harness.publish(good, { namespace });
  await harness.ready(namespace, 'apps');
});

const manyChecks = Array.from({ length: 257 }, (_, i) => ({ kind: 'Deployment', name: `d${i}` }));

it.each([
  [
    'spec.sourceRef.kind is not supported yet',
    { sourceRef: { kind: 'OCIRepository', name: 'fleet' } },
  ],
  ['spec.healthChecks has 257 entries', { healthChecks: manyChecks }],
])('%s: refused, never ignored', async (told, spec) => {
  const namespace = await harness.tenant();
  await harness.publish(good, { namespace });
  await harness.deploy(namespace, 'apps', { ...spec });
  const { message } = await harness.failed(namespace, 'apps', 'InvalidSpec');
  expect(message).toContain(told);
  const object = await harness.get(namespace, 'apps');
  expect(conditionOf(object, 'Stalled')?.status).toBe('True');
  expect(await names(namespace)).toEqual([]);
});

it('two manifests about one object are refused before anything is written', async () => {
  const namespace = await harness.tenant();
  const twice = { 'a.yaml': configMap('a', {}), 'b.yaml': configMap('a', {}, { namespace }) };
  await harness.publish(twice, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(await names(namespace)).toEqual([]);
});
