import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
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

const kind = 'kustomize.toolkit.fluxcd.io/v1';
const read = async (namespace: string, name: string) => {
  const object = await harness.read('v1', 'ConfigMap', { namespace, name });
  const owner = object?.metadata.labels?.['kustomize.toolkit.fluxcd.io/name'];
  return { uid: object?.metadata.uid, owner };
};
const names = ({ status }: LiveKustomization) =>
  status?.inventory?.entries.map(({ id }) => id.split('_')[1]).sort();
const remove = async (namespace: string, name: string) => {
  await harness.admin.delete(await harness.type(kind, 'Kustomization'), { namespace, name });
  await harness.gone(kind, 'Kustomization', { namespace, name });
};

/** Directories by the ConfigMaps in them; what a file says makes each revision another. */
let revisions = 0;
async function push(namespace: string, content: Record<string, string[]>): Promise<string> {
  const data = { revision: String(revisions++) };
  const files = Object.entries(content).flatMap(([directory, maps]) => [
    [`${directory}/own.yaml`, configMap(`own-${directory}`, data)],
    ...maps.map((name) => [`${directory}/${name}.yaml`, configMap(name, {})]),
  ]);
  return harness.publish(Object.fromEntries(files) as Record<string, string>, { namespace });
}

/** A namespace where each directory has a Kustomization of its name, all of them ready. */
async function deployed(
  content: Record<string, string[]>,
  specs: Record<string, object> = {},
): Promise<string> {
  const namespace = await harness.tenant();
  const revision = await push(namespace, content);
  for (const name of Object.keys(content)) {
    await harness.deploy(namespace, name, { path: `./${name}`, ...specs[name] });
  }
  for (const name of Object.keys(content)) await harness.ready(namespace, name, revision);
  return namespace;
}

/** A Kustomization on which others depend that is not ready until it is opened. */
async function gate(namespace: string): Promise<() => Promise<void>> {
  await harness.deploy(namespace, 'gate', { path: './gate', suspend: true });
  return () => harness.deploy(namespace, 'gate', { path: './gate', suspend: false });
}
const afterGate = { dependsOn: [{ name: 'gate' }] };

it('an object that a commit moves is taken over in place', async () => {
  const namespace = await deployed({ one: ['x', 'y'], two: [] });
  const before = await read(namespace, 'x');
  const revision = await push(namespace, { one: ['y'], two: ['x'] });
  await harness.ready(namespace, 'two', revision);
  const one = await harness.until(
    namespace,
    'one',
    (object) => object.status?.lastAppliedRevision === revision && names(object)?.length === 2,
  );
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'two' });
  expect(names(one)).toEqual(['own-one', 'y']);
  expect(conditionOf(one, 'Pruned')).toBeUndefined();
  const told = harness.events.filter(({ about }) => about.startsWith(`${namespace}/`));
  expect(told.map(({ message }) => message).join('\n')).not.toContain('/x deleted');
});

it('the old owner first: it is ready, and keeps the object until the new one took it', async () => {
  const namespace = await harness.tenant();
  const open = await gate(namespace);
  const revision = await push(namespace, { one: ['x'], two: [], gate: [] });
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.deploy(namespace, 'two', { path: './two', ...afterGate });
  await harness.ready(namespace, 'one', revision);
  const before = await read(namespace, 'x');
  const next = await push(namespace, { one: [], two: ['x'], gate: [] });
  const waiting = await harness.until(
    namespace,
    'one',
    (object) => conditionOf(object, 'Pruned')?.reason === 'HandoverPending',
  );
  expect(conditionOf(waiting, 'Ready')?.message).toBe(`Applied revision: ${next}`);
  expect(conditionOf(waiting, 'Pruned')?.message).toBe(
    `not deleted before Kustomization '${namespace}/two' has built revision ${next}, ` +
      `which may take over: ConfigMap/${namespace}/x`,
  );
  await open();
  await harness.ready(namespace, 'two', next);
  const one = await harness.until(
    namespace,
    'one',
    (object) => conditionOf(object, 'Pruned') === undefined,
  );
  expect(names(one)).toEqual(['own-one']);
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'two' });
});

it('what nobody wants is deleted once all have built the revision', async () => {
  const namespace = await harness.tenant();
  const open = await gate(namespace);
  const revision = await push(namespace, { one: ['x'], two: [], gate: [] });
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.deploy(namespace, 'two', { path: './two', ...afterGate });
  await harness.ready(namespace, 'one', revision);
  await push(namespace, { one: [], two: [], gate: [] });
  await harness.until(namespace, 'one', (object) => conditionOf(object, 'Pruned') !== undefined);
  expect((await read(namespace, 'x')).uid).toBeDefined();
  await open();
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'x' });
  await harness.until(namespace, 'one', (object) => conditionOf(object, 'Pruned') === undefined);
});

it('the new owner first: it waits for the old one, and says so', async () => {
  const missing = { postBuild: { substitute: { a: 'b' } } };
  const namespace = await deployed({ one: ['x'], two: [] }, { one: missing });
  const before = await read(namespace, 'x');
  // The old owner's build fails.
  const broken = { 'one/x.yaml': configMap('y', { k: '${undefined}' }) };
  const files = { ...broken, 'two/x.yaml': configMap('x', {}) };
  await harness.publish(files, { namespace });
  const waiting = await harness.until(namespace, 'two', (object) =>
    /waiting for/.test(conditionOf(object, 'Ready')?.message ?? ''),
  );
  expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Progressing' });
  expect(conditionOf(waiting, 'Ready')?.message).toContain(
    `waiting for Kustomization '${namespace}/one' to hand over ConfigMap/${namespace}/x`,
  );
  const revision = await push(namespace, { one: [], two: ['x'] });
  await harness.ready(namespace, 'two', revision);
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'two' });
});

it('two that swap objects do not wait for each other', async () => {
  const namespace = await deployed({ one: ['x'], two: ['y'] });
  const [x, y] = [await read(namespace, 'x'), await read(namespace, 'y')];
  const revision = await push(namespace, { one: ['y'], two: ['x'] });
  await harness.ready(namespace, 'one', revision);
  await harness.ready(namespace, 'two', revision);
  expect(await read(namespace, 'x')).toEqual({ uid: x.uid, owner: 'two' });
  expect(await read(namespace, 'y')).toEqual({ uid: y.uid, owner: 'one' });
});

it.each(['one', 'two'])('nor do they when %s depends on the other, which waits', async (first) => {
  const second = first === 'one' ? 'two' : 'one';
  const specs = {
    [first]: { dependsOn: [{ name: second }], wait: true },
    [second]: { wait: true },
  };
  const namespace = await deployed({ one: ['x'], two: ['y'] }, specs);
  const [x, y] = [await read(namespace, 'x'), await read(namespace, 'y')];
  const revision = await push(namespace, { one: ['y'], two: ['x'] });
  await harness.ready(namespace, first, revision);
  expect(await read(namespace, 'x')).toEqual({ uid: x.uid, owner: 'two' });
  expect(await read(namespace, 'y')).toEqual({ uid: y.uid, owner: 'one' });
});

it('a new owner whose account may not write the object: the old one keeps it', async () => {
  const namespace = await deployed({ one: ['x'], two: [] });
  const before = await read(namespace, 'x');
  await applyAll(harness.admin, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'weak', namespace } },
  ]);
  await harness.deploy(namespace, 'two', { path: './two', serviceAccountName: 'weak' });
  await harness.failed(namespace, 'two', 'ReconciliationFailed');
  await push(namespace, { one: [], two: ['x'] });
  const one = await harness.until(namespace, 'one', (object) =>
    /left for/.test(conditionOf(object, 'Pruned')?.message ?? ''),
  );
  expect(conditionOf(one, 'Ready')?.status).toBe('True');
  expect(conditionOf(one, 'Pruned')?.message).toBe(
    `left for Kustomization '${namespace}/two' to take over: ConfigMap/${namespace}/x`,
  );
  expect(await read(namespace, 'x')).toEqual(before);
  await harness.deploy(namespace, 'two', { path: './two' });
  await harness.ready(namespace, 'two');
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'two' });
});

it('between sources: added there first, it goes over in place when it is removed here', async () => {
  const namespace = await deployed({ one: ['x'] });
  const before = await read(namespace, 'x');
  await harness.publish({ 'x.yaml': configMap('x', {}) }, { namespace, name: 'other' });
  const sourceRef = { kind: 'GitRepository', name: 'other' };
  await harness.deploy(namespace, 'two', { sourceRef, retryInterval: '10m' });
  const { message } = await harness.failed(namespace, 'two', 'ReconciliationFailed');
  expect(message).toContain(`is managed by Kustomization '${namespace}/one'`);
  await push(namespace, { one: [] });
  await harness.ready(namespace, 'two');
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'two' });
});

it('a Kustomization is renamed by adding the new one and deleting the old', async () => {
  const namespace = await deployed({ one: ['x'] });
  const before = await read(namespace, 'x');
  await harness.deploy(namespace, 'renamed', { path: './one', retryInterval: '10m' });
  await harness.failed(namespace, 'renamed', 'ReconciliationFailed');
  await remove(namespace, 'one');
  await harness.ready(namespace, 'renamed');
  expect(await read(namespace, 'x')).toEqual({ uid: before.uid, owner: 'renamed' });
  await remove(namespace, 'renamed');
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'x' });
});

it('a suspended holder is neither waited for nor robbed', async () => {
  const namespace = await deployed({ one: ['x'], two: [] });
  const before = await read(namespace, 'x');
  await harness.deploy(namespace, 'one', { path: './one', suspend: true });
  await push(namespace, { one: [], two: ['x'] });
  const { message } = await harness.failed(namespace, 'two', 'ReconciliationFailed');
  expect(message).toContain(`is managed by Kustomization '${namespace}/one'`);
  expect(await read(namespace, 'x')).toEqual(before);
});

it('killed at any moment, objects that move to and fro are never made anew', async () => {
  const namespace = await deployed({ one: ['x', 'y'], two: ['z'] });
  const all = ['x', 'y', 'z'];
  const uids = async () => Promise.all(all.map(async (name) => (await read(namespace, name)).uid));
  const before = await uids();
  for (let round = 1; round <= 8; round++) {
    const content = round % 2 ? { one: ['z'], two: ['x', 'y'] } : { one: ['x', 'y'], two: ['z'] };
    const revision = await push(namespace, content);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    await harness.crash();
    await harness.restart();
    for (const name of ['one', 'two']) await harness.ready(namespace, name, revision);
    const owners = Object.entries(content).flatMap(([owner, maps]) =>
      maps.map((name) => [name, owner]),
    );
    for (const [name = '', owner] of owners)
      expect((await read(namespace, name)).owner).toBe(owner);
  }
  expect(await uids()).toEqual(before);
});
