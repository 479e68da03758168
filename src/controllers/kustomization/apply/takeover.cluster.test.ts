import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubectlOk } from '../../../../test/support/cluster.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness({ overrideManagers: ['argocd'] });
});
afterAll(() => harness[Symbol.asyncDispose]());

const read = (namespace: string) => harness.read('v1', 'ConfigMap', { namespace, name: 'a' });

async function adopt(namespace: string): Promise<void> {
  await harness.publish({ 'a.yaml': configMap('a', { k: 'git' }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
}

it.each([
  ['kubectl apply', ['apply']],
  ['kubectl apply --server-side', ['apply', '--server-side']],
  ['kubectl create', ['create']],
  ['kubectl replace', ['replace', '--force', '--cascade=background']],
  ['a manager the operator names', ['apply', '--server-side', '--field-manager=argocd-controller']],
  ['an Update of one the operator names', ['create', '--field-manager=argocd-controller']],
])('takes over what %s made: its fields, and its traces', async (_, command) => {
  const namespace = await harness.tenant();
  const input = configMap('a', { k: 'hand', extra: 'x' }, { namespace });
  await kubectlOk([...command, '-f', '-'], { input });
  const before = await read(namespace);
  await adopt(namespace);
  const after = await read(namespace);
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.['data']).toEqual({ k: 'git' });
  expect(after?.metadata.annotations ?? {}).toEqual({});
  expect(
    after?.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
  ).toEqual([['kustomize-controller', 'Apply']]);
});

it('leaves the fields of other controllers to them', async () => {
  const namespace = await harness.tenant();
  const input = configMap('a', { theirs: 'x' }, { namespace });
  await kubectlOk(['apply', '--server-side', '--field-manager=operator', '-f', '-'], { input });
  await adopt(namespace);
  const after = await read(namespace);
  expect(after?.['data']).toEqual({ k: 'git', theirs: 'x' });
});

it('a last-applied annotation in Git is not applied, and starts no fight', async () => {
  const namespace = await harness.tenant();
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' };
  await harness.publish({ 'a.yaml': configMap('a', {}, { annotations }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  expect((await read(namespace))?.metadata.annotations).toEqual({ kept: 'yes' });
  harness.requests();
  await harness.request(namespace, 'apps');
  expect(harness.requests().filter(({ identity }) => identity)).toEqual([]);
});

it('removes what older versions of Flux left on the object, and keeps what they did not', async () => {
  const namespace = await harness.tenant();
  const annotations = {
    'kustomize.toolkit.fluxcd.io/checksum': 'abc',
    'fluxcd.io/sync-checksum': 'abc',
    'fluxcd.io/locked': 'true',
  };
  const labels = { 'fluxcd.io/sync-gc-mark': 'sha256.abc', kept: 'yes' };
  const input = configMap('a', {}, { namespace, annotations, labels });
  await kubectlOk(['create', '--field-manager=operator', '-f', '-'], { input });
  await adopt(namespace);
  const { metadata } = (await read(namespace))!;
  expect(metadata.annotations).toEqual({ 'fluxcd.io/locked': 'true' });
  expect(metadata.labels).toEqual({
    kept: 'yes',
    'kustomize.toolkit.fluxcd.io/name': 'apps',
    'kustomize.toolkit.fluxcd.io/namespace': namespace,
  });
});

it('what was applied with the manager made for edits by hand is not taken over', async () => {
  const namespace = await harness.tenant();
  const input = configMap('a', { mine: 'x' }, { namespace });
  const manager = '--field-manager=flux-client-side-apply';
  await kubectlOk(['apply', '--server-side', manager, '-f', '-'], { input });
  await adopt(namespace);
  const after = await read(namespace);
  expect(after?.['data']).toEqual({ k: 'git', mine: 'x' });
  expect(after?.metadata.managedFields?.map(({ manager }) => manager)).toContain(
    'flux-client-side-apply',
  );
});

it('the status has a manager of its own: whoever applies the Kustomization keeps its spec', async () => {
  const namespace = await harness.tenant();
  await adopt(namespace);
  const { metadata } = await harness.get(namespace, 'apps');
  const ofStatus = metadata.managedFields?.filter(({ subresource }) => subresource === 'status');
  expect(ofStatus?.map(({ manager }) => manager)).toEqual(['gotk-kustomize-controller']);
});
