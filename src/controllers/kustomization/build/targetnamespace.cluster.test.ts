import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const dataOf = async (namespace: string, name: string) =>
  (await harness.read('v1', 'ConfigMap', { namespace, name }))?.['data'];

it("without it, objects that name no namespace go to the Kustomization's own", async () => {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', { k: 'v' }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  expect(await dataOf(namespace, 'a')).toEqual({ k: 'v' });
});

it('it wins over the namespace in the manifest', async () => {
  const namespace = await harness.tenant();
  const files = { 'a.yaml': configMap('a', { k: 'v' }, { namespace: 'kube-system' }) };
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { targetNamespace: namespace });
  await harness.ready(namespace, 'apps');
  expect(await dataOf(namespace, 'a')).toEqual({ k: 'v' });
  expect(await dataOf('kube-system', 'a')).toBeUndefined();
});

it('moving it makes the objects there and prunes them here', async () => {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', { k: 'v' }) }, { namespace });
  await harness.deploy(namespace, 'apps', { namePrefix: 'old-' });
  await harness.ready(namespace, 'apps');
  await harness.deploy(namespace, 'apps', { namePrefix: 'new-', nameSuffix: '-x' });
  await harness.until(
    namespace,
    'apps',
    ({ metadata, status }) => status?.observedGeneration === metadata.generation,
  );
  expect(await dataOf(namespace, 'new-a-x')).toEqual({ k: 'v' });
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'old-a' });
});

it('common metadata, images and patches are part of the build', async () => {
  const namespace = await harness.tenant();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'main', image: 'app:v1' }] },
  };
  await harness.publish({ 'p.yaml': JSON.stringify(pod) }, { namespace });
  await harness.deploy(namespace, 'apps', {
    commonMetadata: { labels: { team: 'x' }, annotations: { owner: 'y' } },
    images: [{ name: 'app', newName: 'registry.example/app', newTag: 'v2' }],
    patches: [
      {
        patch: '- op: add\n  path: /metadata/annotations\n  value: {p: q}\n',
        target: { kind: 'Pod' },
      },
    ],
  });
  await harness.ready(namespace, 'apps');
  const object = await harness.read('v1', 'Pod', { namespace, name: 'p' });
  expect(object?.metadata.labels).toMatchObject({ team: 'x' });
  expect(object?.metadata.annotations).toEqual({ owner: 'y', p: 'q' });
  expect(JSON.stringify(object?.['spec'])).toContain('registry.example/app:v2');
});
