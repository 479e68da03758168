import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { untilRefused } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';

const apiVersion = 'kustomize.toolkit.fluxcd.io/v1';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const read = (namespace: string, name = 'a') =>
  harness.read('v1', 'ConfigMap', { namespace, name });

async function deployed(spec: object): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  await harness.deploy(namespace, 'apps', { ...spec });
  await harness.ready(namespace, 'apps');
  return namespace;
}

const clusterRole = (name: string) =>
  JSON.stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [],
  });

async function remove(namespace: string): Promise<void> {
  const type = await harness.type(apiVersion, 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'apps' });
}

async function removed(namespace: string): Promise<void> {
  await remove(namespace);
  await harness.gone(apiVersion, 'Kustomization', { namespace, name: 'apps' });
}

it.each([
  ['by default, with prune', { prune: true }, false],
  ['by default, without prune', { prune: false }, true],
  ['MirrorPrune, without prune', { prune: false, deletionPolicy: 'MirrorPrune' }, true],
  ['Delete, without prune', { prune: false, deletionPolicy: 'Delete' }, false],
  ['Orphan, with prune', { prune: true, deletionPolicy: 'Orphan' }, true],
  ['WaitForTermination', { prune: true, deletionPolicy: 'WaitForTermination' }, false],
])('%s', async (_, spec, stays) => {
  const namespace = await deployed(spec);
  await removed(namespace);
  expect((await read(namespace)) !== undefined).toBe(stays);
});

it('suspended, nothing is deleted', async () => {
  const namespace = await deployed({ deletionPolicy: 'Delete' });
  await harness.deploy(namespace, 'apps', { deletionPolicy: 'Delete', suspend: true });
  await removed(namespace);
  expect(await read(namespace)).toBeDefined();
});

it('what another owns by now is not deleted', async () => {
  const namespace = await deployed({});
  await harness.deploy(namespace, 'apps', { suspend: true });
  const labels = { 'kustomize.toolkit.fluxcd.io/name': 'other' };
  const type = await harness.type('v1', 'ConfigMap');
  const body = { metadata: { labels } };
  await harness.admin.patch(type, { namespace, name: 'a' }, { type: 'merge', body });
  await harness.crash();
  await remove(namespace);
  const kinds = await harness.type(apiVersion, 'Kustomization');
  const resume = { type: 'merge', body: { spec: { suspend: false } } } as const;
  await harness.admin.patch(kinds, { namespace, name: 'apps' }, resume);
  await harness.restart();
  await harness.gone(apiVersion, 'Kustomization', { namespace, name: 'apps' });
  expect(await read(namespace)).toBeDefined();
});

it('without the account nobody may delete: told, and the Kustomization goes', async () => {
  const namespace = await deployed({});
  const type = await harness.type('v1', 'ServiceAccount');
  await harness.admin.delete(type, { namespace, name: account });
  await removed(namespace);
  expect(await read(namespace)).toBeDefined();
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(told.at(-1)).toMatchObject({ severity: 'error', reason: 'PruneFailed' });
  expect(told.at(-1)?.message).toContain(`ConfigMap/${namespace}/a`);
});

it.each([
  [
    'about another cluster',
    { kubeConfig: { configMapRef: { name: 'remote' } } },
    'ReconciliationFailed',
    'spec.kubeConfig',
  ],
  [
    'of an account that cannot be',
    { serviceAccountName: 'a:b' },
    'InvalidSpec',
    'spec.serviceAccountName',
  ],
])('an inventory %s deletes nothing here, and does not keep the Kustomization', async (...row) => {
  const [, spec, reason, says] = row;
  const namespace = await deployed({});
  await harness.deploy(namespace, 'apps', spec);
  await harness.failed(namespace, 'apps', reason);
  await removed(namespace);
  expect(await read(namespace)).toBeDefined();
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(told.at(-1)).toMatchObject({ severity: 'error', reason: 'PruneFailed' });
  expect(told.at(-1)?.message).toContain(says);
});

it('what may not be deleted keeps the Kustomization, which says so', async () => {
  const namespace = await deployed({});
  const bindings = await harness.type('rbac.authorization.k8s.io/v1', 'RoleBinding');
  await harness.admin.delete(bindings, { namespace, name: account });
  const deleting = { verb: 'delete', resource: 'configmaps', namespace };
  await untilRefused(harness.admin, serviceAccountIdentity(namespace, account), deleting);
  await remove(namespace);
  const { message } = await harness.failed(namespace, 'apps', 'PruneFailed');
  expect(message).toContain('may not delete configmaps');
});

it.each(['at once', 'after a crash'])(
  'what was never applied does not keep it, though its account may not read it: %s',
  async (when) => {
    const namespace = await harness.tenant('powerless', null);
    const files = { 'a.yaml': configMap('a', {}), 'b.yaml': clusterRole(namespace) };
    await harness.publish(files, { namespace });
    await harness.deploy(namespace, 'apps');
    await harness.failed(namespace, 'apps', 'ReconciliationFailed');
    if (when === 'after a crash') {
      await harness.crash();
      await harness.restart();
    }
    await removed(namespace);
  },
);

it('WaitForTermination keeps the Kustomization until finalizers let go', async () => {
  const namespace = await deployed({ deletionPolicy: 'WaitForTermination' });
  const type = await harness.type('v1', 'ConfigMap');
  const key = { namespace, name: 'a' };
  const hold = (finalizers: string[]) =>
    harness.admin.patch(type, key, { type: 'merge', body: { metadata: { finalizers } } });
  await hold(['example.org/hold']);
  await remove(namespace);
  await harness.until(namespace, 'apps', ({ status }) =>
    Boolean(status?.conditions?.some(({ message }) => message.includes('termination'))),
  );
  await eventually('the object is being deleted', async () =>
    (await read(namespace))?.metadata.deletionTimestamp ? true : undefined,
  );
  await hold([]);
  await harness.gone(
    apiVersion,
    'Kustomization',
    key.name === 'a' ? { namespace, name: 'apps' } : key,
  );
});

it('an object deleted before its first run leaves at once', async () => {
  const namespace = await harness.tenant();
  await harness.deploy(namespace, 'apps');
  await harness.failed(namespace, 'apps', 'ArtifactFailed');
  await removed(namespace);
});

it('WaitForTermination waits no longer than the timeout, tells what is left, and lets go', async () => {
  const namespace = await deployed({ deletionPolicy: 'WaitForTermination', timeout: '1h' });
  const type = await harness.type('v1', 'ConfigMap');
  const body = { metadata: { finalizers: ['example.org/hold'] } };
  await harness.admin.patch(type, { namespace, name: 'a' }, { type: 'merge', body });
  await remove(namespace);
  const isGoing = async () =>
    (await read(namespace))?.metadata.deletionTimestamp === undefined ? undefined : true;
  await eventually('it is being deleted', isGoing);
  const kinds = await harness.type(apiVersion, 'Kustomization');
  const sooner = { type: 'merge', body: { spec: { timeout: '1s' } } } as const;
  await harness.admin.patch(kinds, { namespace, name: 'apps' }, sooner);
  await harness.gone(apiVersion, 'Kustomization', { namespace, name: 'apps' });
  expect(await isGoing()).toBe(true);
  const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(told.at(-1)).toMatchObject({ severity: 'error', reason: 'PruneFailed' });
  expect(told.at(-1)?.message).toMatch(/timeout .*termination of ConfigMap\//);
});

it('objects go in the reverse of the order they came in, with all that they own', async () => {
  const namespace = await harness.tenant();
  const labels = { app: 'web' };
  const containers = [{ name: 'main', image: 'example.invalid/main' }];
  const objects: [string, string, object][] = [
    ['v1', 'ServiceAccount', {}],
    ['v1', 'ConfigMap', {}],
    [
      'apps/v1',
      'Deployment',
      {
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers } },
        },
      },
    ],
  ];
  const files = objects.map(([version, kind, rest]) => [
    `${kind}.yaml`,
    JSON.stringify({ apiVersion: version, kind, metadata: { name: 'web' }, ...rest }),
  ]);
  await harness.publish(Object.fromEntries(files) as Record<string, string>, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true });
  await harness.ready(namespace, 'apps');
  const owned = async () => {
    const { items } = await harness.admin.list(await harness.type('apps/v1', 'ReplicaSet'), {
      namespace,
    });
    return items.length;
  };
  await eventually('it has a ReplicaSet', async () => ((await owned()) > 0 ? true : undefined));
  harness.requests();
  await removed(namespace);
  // What another test left to be deleted is tried again meanwhile.
  const { user } = serviceAccountIdentity(namespace, account);
  const deletions = harness
    .requests()
    .filter(({ verb, identity }) => verb === 'delete' && identity?.user === user);
  expect(deletions[0]?.resource).toBe('deployments.apps');
  expect(deletions.map(({ resource }) => resource).sort()).toEqual([
    'configmaps',
    'deployments.apps',
    'serviceaccounts',
  ]);
  await eventually('its ReplicaSets go too', async () =>
    (await owned()) === 0 ? true : undefined,
  );
});
