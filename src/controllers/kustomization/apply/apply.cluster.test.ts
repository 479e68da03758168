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

it('applies a build as the tenant, and updates it with the next revision', async () => {
  const namespace = await harness.tenant();
  const first = await harness.publish({ 'a.yaml': configMap('a', { k: '1' }) }, { namespace });
  await harness.deploy(namespace, 'apps');
  const applied = await harness.ready(namespace, 'apps', first);
  expect(applied.status).toMatchObject({
    lastAttemptedRevision: first,
    inventory: { entries: [{ id: `${namespace}_a__ConfigMap`, v: 'v1' }] },
  });
  const second = await harness.publish({ 'a.yaml': configMap('a', { k: '2' }) }, { namespace });
  await harness.ready(namespace, 'apps', second);
  const object = await harness.read('v1', 'ConfigMap', { namespace, name: 'a' });
  expect(object?.['data']).toEqual({ k: '2' });
});
