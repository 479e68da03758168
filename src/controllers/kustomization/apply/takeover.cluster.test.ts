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
