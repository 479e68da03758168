import { afterAll, beforeAll, expect, it } from 'vitest';
import { pruneApprovalAnnotation } from '../../../api/annotations.ts';
import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
  type LiveKustomization,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const pruneGuard = { maxShare: '50%' };
const filesOf = (names: string[]) =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name, {})]));
const read = (namespace: string, name: string) =>
  harness.read('v1', 'ConfigMap', { namespace, name });

async function deployed(names: string[]): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish(filesOf(names), { namespace });
  await harness.deploy(namespace, 'apps', { pruneGuard });
  await harness.ready(namespace, 'apps');
  return namespace;
}

/** Until the guard holds back what the revision would delete. */
async function held(namespace: string, revision: string): Promise<LiveKustomization> {
  return harness.until(
    namespace,
    'apps',
    (object) =>
      object.status?.lastAppliedRevision === revision &&
      conditionOf(object, 'Pruned')?.reason === 'ApprovalRequired',
  );
}

async function approve(namespace: string, value: string): Promise<void> {
  const body = { metadata: { annotations: { [pruneApprovalAnnotation]: value } } };
  await harness.admin.patch(
    Kustomization.type,
    { namespace, name: 'apps' },
    { type: 'merge', body },
  );
}

it('an emptied repository deletes nothing without a go, and everything with it', async () => {
  const namespace = await deployed(['a', 'b', 'c']);
  const revision = await harness.publish(
    { 'kustomization.yaml': 'resources: []\n' },
    { namespace },
  );
  const object = await held(namespace, revision);
  expect(conditionOf(object, 'Ready')).toMatchObject({
    status: 'True',
    message: `Applied revision: ${revision}; 3 objects to delete: waiting for a go, see condition Pruned`,
  });
  const go = `${revision}#${object.metadata.generation}`;
  const { message } = conditionOf(object, 'Pruned')!;
  expect(message).toContain('3 objects to delete, but that is more than 50% of 3 objects');
  for (const name of ['a', 'b', 'c']) expect(message).toContain(`ConfigMap/${namespace}/${name}`);
  expect(message).toContain(`${pruneApprovalAnnotation}='${go}'`);
  expect(await read(namespace, 'a')).toBeDefined();

  await approve(namespace, go);
  for (const name of ['a', 'b', 'c']) await harness.gone('v1', 'ConfigMap', { namespace, name });
  await harness.until(namespace, 'apps', (one) => conditionOf(one, 'Pruned') === undefined);
});

it('half of the inventory goes without asking', async () => {
  const namespace = await deployed(['a', 'b']);
  await harness.publish(filesOf(['a']), { namespace });
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'b' });
});

it('what is new is applied meanwhile, and makes no deletion small, also after a crash', async () => {
  const namespace = await deployed(['a', 'b', 'c']);
  const revision = await harness.publish(filesOf(['d', 'e', 'f', 'g']), { namespace });
  await held(namespace, revision);
  expect(await read(namespace, 'd')).toBeDefined();
  await harness.crash();
  await harness.restart();
  await harness.request(namespace, 'apps');
  await held(namespace, revision);
  expect(await read(namespace, 'a')).toBeDefined();
});

it('a go for one revision is no go for the next', async () => {
  const namespace = await deployed(['a', 'b', 'c']);
  const first = await held(namespace, await harness.publish(filesOf(['a']), { namespace }));
  const next = await harness.publish(filesOf(['a', 'd', 'e', 'f', 'g']), { namespace });
  await held(namespace, next);
  await approve(namespace, `${first.status?.lastAppliedRevision}#${first.metadata.generation}`);
  await harness.request(namespace, 'apps');
  await held(namespace, next);
  expect(await read(namespace, 'b')).toBeDefined();
  await approve(namespace, `${next}#${first.metadata.generation}`);
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'b' });
});

it('what is put back into Git needs no go', async () => {
  const namespace = await deployed(['a', 'b', 'c']);
  await held(namespace, await harness.publish(filesOf(['a']), { namespace }));
  const uid = (await read(namespace, 'b'))?.metadata.uid;
  const revision = await harness.publish(filesOf(['a', 'b', 'c']), { namespace });
  await harness.ready(namespace, 'apps', revision);
  const object = await harness.until(
    namespace,
    'apps',
    (one) => conditionOf(one, 'Pruned') === undefined,
  );
  expect(object.status?.inventory?.entries.map(({ left }) => left)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect((await read(namespace, 'b'))?.metadata.uid).toBe(uid);
});

it('the Kustomization itself is deleted with all it applied, held back or not', async () => {
  const namespace = await deployed(['a', 'b', 'c']);
  await held(namespace, await harness.publish(filesOf(['a']), { namespace }));
  await harness.admin.delete(Kustomization.type, { namespace, name: 'apps' });
  for (const name of ['a', 'b', 'c']) await harness.gone('v1', 'ConfigMap', { namespace, name });
});
