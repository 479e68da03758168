import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';

/** Two managers, each with the Kustomizations of its own label: two shards of one cluster. */
let mine: KustomizeHarness;
let other: KustomizeHarness;
beforeAll(async () => {
  [mine, other] = await Promise.all([startKustomizeHarness(), startKustomizeHarness()]);
});
afterAll(async () => {
  await Promise.all([mine, other].map((each) => each?.[Symbol.asyncDispose]()));
});

/** A namespace in which the other shard has applied the ConfigMap `shared`. */
async function shared(): Promise<string> {
  const namespace = await other.tenant();
  const source = { namespace, name: 'elsewhere' };
  await other.publish({ 'a.yaml': configMap('shared', { by: 'other' }) }, source);
  const sourceRef = { kind: 'GitRepository', name: source.name };
  await other.deploy(namespace, 'other', { sourceRef });
  await other.ready(namespace, 'other');
  return namespace;
}

it('a dependency of another shard is asked for, and one that is in none is waited for', async () => {
  const namespace = await shared();
  await mine.publish({ 'a.yaml': configMap('mine', {}) }, { namespace });
  await mine.deploy(namespace, 'web', { dependsOn: [{ name: 'other' }] });
  await mine.ready(namespace, 'web');
  await mine.deploy(namespace, 'late', { dependsOn: [{ name: 'other' }, { name: 'nobody' }] });
  const { message } = await mine.failed(namespace, 'late', 'DependencyNotReady');
  expect(message).toBe(`dependency '${namespace}/nobody' not found`);
});

it('what a Kustomization of another shard holds is not taken over', async () => {
  const namespace = await shared();
  await mine.publish({ 'a.yaml': configMap('shared', { by: 'mine' }) }, { namespace });
  await mine.deploy(namespace, 'mine');
  const { message } = await mine.failed(namespace, 'mine', 'ReconciliationFailed');
  expect(message).toContain(`'${namespace}/other' as well as by '${namespace}/mine'`);
  const live = await mine.read('v1', 'ConfigMap', { namespace, name: 'shared' });
  expect(live?.['data']).toEqual({ by: 'other' });
});
