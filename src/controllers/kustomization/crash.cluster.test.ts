import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const rounds = 15;

/** Objects come, stay and go from one revision to the next. */
function revisionFiles(round: number): Record<string, string> {
  const moving = Array.from({ length: 6 }, (_, index) => `moving-${(round + index) % 9}`);
  const names = ['constant-a', 'constant-b', ...moving];
  return Object.fromEntries(
    names.map((name) => [`${name}.yaml`, configMap(name, { round: String(round) })]),
  );
}

it('killed at any moment of a run, nothing is half-owned and nothing is lost', async () => {
  const namespace = await harness.tenant();
  await harness.publish(revisionFiles(0), { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const type = await harness.type('v1', 'ConfigMap');
  const uid = async (name: string) =>
    (await harness.read('v1', 'ConfigMap', { namespace, name }))?.metadata.uid;
  const constant = await uid('constant-a');

  for (let round = 1; round <= rounds; round++) {
    const revision = await harness.publish(revisionFiles(round), { namespace });
    // Somewhere between the first request of the run and its last.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    await harness.crash();
    const { status } = await harness.get(namespace, 'apps');
    const listed = new Set(status?.inventory?.entries.map(({ id }) => id));
    const { items } = await harness.admin.list(type, {
      namespace,
      labelSelector: 'kustomize.toolkit.fluxcd.io/name=apps',
    });
    const orphans = items.filter(
      ({ metadata }) => !listed.has(`${namespace}_${metadata.name}__ConfigMap`),
    );
    expect(orphans.map(({ metadata }) => metadata.name)).toEqual([]);
    await harness.restart();
    await harness.ready(namespace, 'apps', revision);
  }

  const { items } = await harness.admin.list(type, {
    namespace,
    labelSelector: 'kustomize.toolkit.fluxcd.io/name=apps',
  });
  const wanted = Object.keys(revisionFiles(rounds)).map((file) => file.replace('.yaml', ''));
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(wanted.sort());
  expect(await uid('constant-a')).toBe(constant);
});

it('killed while a Kustomization is deleted, the next process finishes it', async () => {
  const namespace = await harness.tenant();
  await harness.publish(revisionFiles(0), { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const kinds = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  await harness.admin.delete(kinds, { namespace, name: 'apps' });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  await harness.crash();
  await harness.restart();
  await harness.gone('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
    namespace,
    name: 'apps',
  });
  const { items } = await harness.admin.list(await harness.type('v1', 'ConfigMap'), {
    namespace,
    labelSelector: 'kustomize.toolkit.fluxcd.io/name=apps',
  });
  expect(items).toEqual([]);
});
