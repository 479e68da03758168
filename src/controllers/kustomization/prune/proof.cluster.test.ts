import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import { binding } from '../../../../test/support/remote-cluster.ts';
import {
  account,
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

const read = (namespace: string, name: string) =>
  harness.read('v1', 'ConfigMap', { namespace, name });
const both = { 'a.yaml': configMap('a', {}), 'b.yaml': configMap('b', {}) };
const onlyA = { 'a.yaml': configMap('a', {}) };

async function deployed(): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish(both, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  return namespace;
}

it('the inventory carries the uids of what was applied', async () => {
  const namespace = await deployed();
  const { status } = await harness.get(namespace, 'apps');
  for (const { id, u } of status?.inventory?.entries ?? []) {
    expect(u).toBe((await read(namespace, id.split('_')[1] ?? ''))?.metadata.uid);
  }
  expect(status?.inventory?.entries.length).toBe(2);
});

it.each(['with', 'without'])(
  'a copy made by somebody else stays, %s a uid on record',
  async (how) => {
    const namespace = await deployed();
    await harness.deploy(namespace, 'apps', { suspend: true });
    // Nobody is to take the copy for a drift, and apply to it, before it is known that it is suspended.
    await harness.crash();
    const type = await harness.type('v1', 'ConfigMap');
    const { metadata, ...rest } = (await read(namespace, 'b'))!;
    await harness.admin.delete(type, { namespace, name: 'b' });
    const copy = { ...rest, metadata: { name: 'b', namespace, labels: metadata.labels ?? {} } };
    // As a backup restores it: with the record of who wrote to the one before.
    const managedFields = (metadata.managedFields ?? []).map((entry) => ({
      ...entry,
      time: '2026-01-01T00:00:00Z',
    }));
    await harness.admin.create(type, { ...copy, metadata: { ...copy.metadata, managedFields } });
    if (how === 'without') {
      const entries = ['a', 'b'].map((name) => ({
        id: `${namespace}_${name}__ConfigMap`,
        v: 'v1',
      }));
      const kind = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
      const body = { status: { inventory: { entries } } };
      const options = { subresource: 'status' } as const;
      await harness.admin.patch(
        kind,
        { namespace, name: 'apps' },
        { type: 'merge', body },
        options,
      );
    }
    await harness.restart();
    const revision = await harness.publish(onlyA, { namespace });
    await harness.deploy(namespace, 'apps', { suspend: false });
    const object = await harness.ready(namespace, 'apps', revision);
    expect(await read(namespace, 'b')).toBeDefined();
    const told = `ConfigMap/${namespace}/b kept: it is not the object this Kustomization applied`;
    expect(conditionOf(object, 'Pruned')).toMatchObject({ status: 'False', reason: 'ObjectsKept' });
    expect(conditionOf(object, 'Pruned')?.message).toContain(told);
    const events = harness.events.filter(({ about }) => about === `${namespace}/apps`);
    expect(events.some(({ message }) => message.includes(told))).toBe(true);
  },
);

it('an inventory written by others, without uids, is pruned all the same', async () => {
  const namespace = await deployed();
  await harness.crash();
  const entries = ['a', 'b'].map((name) => ({ id: `${namespace}_${name}__ConfigMap`, v: 'v1' }));
  const kind = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  const at = { namespace, name: 'apps' };
  const options = { subresource: 'status' } as const;
  for (const inventory of [null, { entries }]) {
    const body = { status: { inventory } };
    await harness.admin.patch(kind, at, { type: 'merge', body }, options);
  }
  await harness.publish(onlyA, { namespace });
  await harness.restart();
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'b' });
});

it('who may do nothing in a namespace learns nothing of what is there', async () => {
  const victim = await deployed();
  const evil = await harness.tenant('evil');
  const says = async (name: string) => {
    await harness.publish({ 'a.yaml': configMap(name, {}) }, { namespace: evil });
    await harness.deploy(evil, name, { targetNamespace: victim });
    const { message } = await harness.failed(evil, name, 'ReconciliationFailed');
    return message.replaceAll(`/${name}`, '/…');
  };
  const existing = await says('a');
  expect(existing).toBe(await says('nothing'));
  expect(existing).toContain(`ServiceAccount '${evil}/${account}' may not`);
});

it('of two that are made at once for one object, exactly one has it, and keeps it', async () => {
  const namespace = await harness.tenant();
  const names = ['x', 'y', 'z'];
  const content = names.flatMap((name) =>
    ['one', 'two'].map((owner) => [`${owner}-${name}/a.yaml`, configMap(name, { owner })]),
  );
  await harness.publish(Object.fromEntries(content) as Record<string, string>, { namespace });
  const deploy = (owner: string, name: string) =>
    harness.deploy(namespace, `${owner}-${name}`, { path: `./${owner}-${name}` });
  await Promise.all(names.flatMap((name) => [deploy('one', name), deploy('two', name)]));
  for (const name of names) {
    const winner = await harness.until(namespace, `one-${name}`, (object) =>
      ['True', 'False'].includes(conditionOf(object, 'Ready')?.status ?? ''),
    );
    const isOne = conditionOf(winner, 'Ready')?.status === 'True';
    const [won, lost] = isOne ? ['one', 'two'] : ['two', 'one'];
    await harness.ready(namespace, `${won}-${name}`);
    await harness.failed(namespace, `${lost}-${name}`, 'ReconciliationFailed');
    const before = await read(namespace, name);
    expect(before?.['data']).toEqual({ owner: won });
    await harness.request(namespace, `${lost}-${name}`);
    await harness.request(namespace, `${won}-${name}`);
    expect((await read(namespace, name))?.metadata.resourceVersion).toBe(
      before?.metadata.resourceVersion,
    );
  }
});

it('of two tenants that race for one object, one has it, and the other is told of nobody', async () => {
  const shared = await harness.tenant('shared', null);
  const rivals = [await harness.tenant('red'), await harness.tenant('blue')];
  const names = ['x', 'y', 'z'];
  const edit = { kind: 'ClusterRole', name: 'edit' } as const;
  for (const rival of rivals) {
    const metadata = { name: rival, namespace: shared };
    await applyAll(harness.admin, [{ ...binding(shared, account, edit, rival), metadata }]);
    const files = names.map((name) => [`${name}/a.yaml`, configMap(name, { owner: rival })]);
    await harness.publish(Object.fromEntries(files) as Record<string, string>, {
      namespace: rival,
    });
  }
  const deploy = (rival: string, name: string) =>
    harness.deploy(rival, name, { path: `./${name}`, targetNamespace: shared });
  await Promise.all(names.flatMap((name) => rivals.map((rival) => deploy(rival, name))));
  for (const name of names) {
    const isTold = (rival: string) =>
      harness.until(rival, name, (object) =>
        ['True', 'False'].includes(conditionOf(object, 'Ready')?.status ?? ''),
      );
    await Promise.all(rivals.map(isTold));
    const before = await read(shared, name);
    const won = rivals.find((rival) => JSON.stringify(before?.['data']).includes(rival))!;
    const lost = rivals.find((rival) => rival !== won)!;
    await harness.ready(won, name);
    const { message } = await harness.failed(lost, name, 'AccessDenied');
    expect(message).toContain(`ConfigMap/${shared}/${name} exists and may not be taken over`);
    expect(message).not.toContain(won);
    await harness.request(lost, name);
    await harness.request(won, name);
    expect((await read(shared, name))?.metadata.resourceVersion).toBe(
      before?.metadata.resourceVersion,
    );
  }
});
