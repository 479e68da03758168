import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
  type SeenRequest,
} from '../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness({ concurrentApplies: 2 });
});
afterAll(() => harness[Symbol.asyncDispose]());

const summary = ({ verb, resource, subresource, identity }: SeenRequest) => {
  const [kind] = resource.split('.');
  const what = subresource ? `${kind}/${subresource}` : kind;
  return `${verb} ${what} as ${identity ? identity.user.split(':').at(-1) : 'ourselves'}`;
};
const statusWrite = 'patch kustomizations/status as ourselves';

/** What was asked since the last call, discovery aside, once it is as much as expected. */
async function asked(
  expected: number,
  isCounted: (request: string) => boolean = () => true,
): Promise<string[]> {
  const seen: string[] = [];
  const collect = () => {
    const fresh = harness.requests().map(summary);
    seen.push(...fresh.filter((each) => !each.startsWith('raw') && isCounted(each)));
  };
  // A request is noted when its answer was read, which may be after others saw its effect.
  await eventually(`${expected} requests were noted`, async () => {
    collect();
    return seen.length >= expected;
  }).catch(() => {});
  await harness.read('v1', 'Namespace', { name: 'default' });
  collect();
  return seen;
}

const files = (value: string) => ({
  'a.yaml': configMap('a', { value }),
  'b.yaml': configMap('b', { value: 'constant' }),
  'sa.yaml': JSON.stringify({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app' },
  }),
});

async function deployed(): Promise<string> {
  const namespace = await harness.tenant();
  const revision = await harness.publish(files('1'), { namespace });
  harness.requests();
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps', revision);
  return namespace;
}

const installRequests = 5;

async function settled(): Promise<string> {
  const namespace = await deployed();
  await asked(installRequests);
  return namespace;
}

it('an install costs one write per object, as the tenant, and its status', async () => {
  await deployed();
  const requests = await asked(installRequests);
  // What is applied at the same time is answered in any order.
  const [claim, ...rest] = requests;
  const last = rest.pop();
  expect([claim, ...rest.sort(), last]).toEqual([
    'patch kustomizations as ourselves',
    `apply configmaps as ${account}`,
    `apply configmaps as ${account}`,
    `apply serviceaccounts as ${account}`,
    statusWrite,
  ]);
});

it('of one Kustomization, no more objects are applied at once than --concurrent-ssa says', async () => {
  const namespace = await harness.tenant();
  const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const many = Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name, {})]));
  const revision = await harness.publish(many, { namespace });
  harness.requests();
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps', revision);
  const applies = harness
    .requests()
    .filter(({ verb }) => verb === 'apply')
    .map(({ endedAtMs, durationMs }) => ({ began: endedAtMs - durationMs, ended: endedAtMs }));
  expect(applies).toHaveLength(names.length);
  const atOnce = applies.map(
    ({ began }) => applies.filter((other) => other.began <= began && began < other.ended).length,
  );
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(2);
});

it('a requested reconcile of what did not change costs the status that was asked for', async () => {
  const namespace = await settled();
  await harness.request(namespace, 'apps');
  await asked(1);
  await harness.request(namespace, 'apps');
  expect(await asked(1)).toEqual([statusWrite]);
});

it('a new revision with the same objects costs the status', async () => {
  const namespace = await settled();
  const revision = await harness.publish({ ...files('1'), 'README.md': 'hello' }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect(await asked(1)).toEqual([statusWrite]);
});

it('an upgrade costs the changed objects and the status', async () => {
  const namespace = await settled();
  const revision = await harness.publish(files('2'), { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect(await asked(2)).toEqual([`apply configmaps as ${account}`, statusWrite]);
});

it('a removal costs one deletion and the status', async () => {
  const namespace = await settled();
  const { 'b.yaml': _, ...rest } = files('1');
  const revision = await harness.publish(rest, { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect(await asked(2)).toEqual([`delete configmaps as ${account}`, statusWrite]);
});

it('a drift costs a look at who it was and one write, and a line in the history', async () => {
  const namespace = await settled();
  const type = await harness.type('v1', 'ConfigMap');
  const key = { namespace, name: 'a' };
  await harness.admin.patch(type, key, { type: 'merge', body: { data: { value: 'drifted' } } });
  await eventually('the drift is corrected', async () => {
    const object = await harness.read('v1', 'ConfigMap', key);
    const data = object?.['data'] as { value?: string } | undefined;
    const isBack = data?.value === '1';
    const { status } = await harness.get(namespace, 'apps');
    return isBack && status?.history?.[0]?.totalReconciliations === 2 ? true : undefined;
  });
  expect(await asked(3)).toEqual([
    `get configmaps as ${account}`,
    `apply configmaps as ${account}`,
    statusWrite,
  ]);
});

it('a status, a foreign label or a foreign field costs nothing', async () => {
  const namespace = await settled();
  const type = await harness.type('v1', 'ConfigMap');
  const body = { metadata: { labels: { team: 'x' } }, data: { other: 'y' } };
  await harness.admin.patch(type, { namespace, name: 'a' }, { type: 'merge', body });
  await harness.request(namespace, 'apps');
  expect(await asked(1)).toEqual([statusWrite]);
});

it('a restart looks again, and writes nothing that is as it should be', async () => {
  const namespace = await settled();
  const before = await harness.get(namespace, 'apps');
  await harness.crash();
  await harness.restart();
  await harness.request(namespace, 'apps');
  const user = `system:serviceaccount:${namespace}:${account}`;
  const seen = harness.requests().filter(({ identity }) => identity?.user === user);
  expect(seen.map(summary).sort()).toEqual([
    `apply configmaps as ${account}`,
    `apply configmaps as ${account}`,
    `apply serviceaccounts as ${account}`,
  ]);
  const after = await harness.get(namespace, 'apps');
  expect(after.status?.inventory).toEqual(before.status?.inventory);
  const object = await harness.read('v1', 'ConfigMap', { namespace, name: 'a' });
  expect(object?.metadata.managedFields).toHaveLength(1);
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(told.filter(({ message }) => message.includes('configured'))).toEqual([]);
});

const secret = (value: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { value },
  });

it('a kind that we may not watch is read as the tenant, once a run, and written when it differs', async () => {
  const namespace = await harness.tenant();
  const revision = await harness.publish({ 's.yaml': secret('1') }, { namespace });
  harness.requests();
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps', revision);
  const ofSecrets = (count: number) => asked(count, (request) => request.includes('secrets'));
  expect(await ofSecrets(1)).toEqual([`apply secrets as ${account}`]);
  await harness.request(namespace, 'apps');
  expect(await ofSecrets(1)).toEqual([`get secrets as ${account}`]);
  const type = await harness.type('v1', 'Secret');
  const body = { data: { value: Buffer.from('drifted').toString('base64') } };
  await harness.admin.patch(type, { namespace, name: 's' }, { type: 'merge', body });
  await harness.request(namespace, 'apps');
  expect(await ofSecrets(2)).toEqual([`get secrets as ${account}`, `apply secrets as ${account}`]);
});
