import { afterAll, beforeAll, expect, it } from 'vitest';
import { apply, clusterContext, freshName, freshNamespace } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { userIdentity } from '../../kube/identity.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { RequestRecord } from '../../kube/sender.ts';
import { usualManagers } from '../../kube/takeover.ts';
import { createManagedObjects, type ManagedObjects } from './managed-objects.ts';
import type { Wake } from './wakes.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
/** Owner labels that no other test has. */
const prefix = `${freshName('managed')}.example.org`;
const ownerLabels = { name: `${prefix}/name`, namespace: `${prefix}/namespace` };
const manager = 'managed-test';

let client: ClosableClient;
const seen: RequestRecord[] = [];
beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster, onRequest: (record) => seen.push(record) });
});
afterAll(() => client.close());

/** Managed objects at work, and whom they woke. */
function start(own: Parameters<typeof createManagedObjects>[0]['client'] = client) {
  const managed = createManagedObjects<null>({
    client: own,
    profile: {
      ownerLabels,
      takeover: { manager, from: usualManagers(manager) },
      marks: () => null,
    },
    clock: systemClock,
    log: silentLog,
  });
  const wakes: Wake[] = [];
  managed.onWake((wake) => wakes.push(wake));
  return { managed, wakes, [Symbol.dispose]: () => managed.close() };
}

const owner = (namespace: string) => ({ namespace, name: 'apps' });
const owned = (namespace: string, name: string, extra: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace,
    labels: { [ownerLabels.name]: 'apps', [ownerLabels.namespace]: namespace },
  },
  ...extra,
});

async function write(managed: ManagedObjects<null>, object: KubeObject, type = configMaps) {
  return managed.write(type, object.metadata, async () => {
    const options = { fieldManager: manager, force: true };
    return (await client.apply(type, object, options)).object;
  });
}

const woken = (wakes: Wake[], cause: Wake['cause']) =>
  eventually(`the owner is woken by ${cause}`, () =>
    Promise.resolve(wakes.some((wake) => wake.cause === cause) ? true : undefined),
  );

it('one watch serves all owners, and ends with the last of them', async () => {
  using parts = start();
  const { managed } = parts;
  const namespace = await freshNamespace('managed');
  await apply([owned(namespace, 'a')]);
  seen.length = 0;
  await Promise.all([
    managed.use(owner(namespace), [configMaps]),
    managed.use({ namespace, name: 'other' }, [configMaps]),
  ]);
  expect(seen.filter(({ verb }) => verb === 'watch')).toHaveLength(1);
  const key = { namespace, name: 'a' };
  expect(managed.view(configMaps, key)).toMatchObject({
    known: 'live',
    live: { owner: owner(namespace) },
  });
  expect(managed.view(configMaps, { namespace, name: 'kube-root-ca.crt' })).toEqual({
    known: 'absent',
  });
  managed.release(owner(namespace));
  expect(managed.view(configMaps, key).known).toBe('live');
  await managed.use({ namespace, name: 'other' }, []);
  expect(managed.view(configMaps, key)).toEqual({ known: 'nothing' });
});

it('our writes wake nobody, and the edits of others do', async () => {
  using parts = start();
  const { managed, wakes } = parts;
  const namespace = await freshNamespace('managed');
  await managed.use(owner(namespace), [configMaps]);
  const written = await write(managed, owned(namespace, 'a', { data: { k: '1' } }));
  expect(managed.view(configMaps, { namespace, name: 'a' })).toEqual({
    known: 'live',
    live: written,
  });
  await write(managed, owned(namespace, 'a', { data: { k: '1', other: '2' } }));
  await write(managed, owned(namespace, 'b'));
  const body = { data: { k: 'theirs' } };
  await client.patch(configMaps, { namespace, name: 'a' }, { type: 'merge', body });
  await woken(wakes, 'drift');
  expect(wakes).toEqual([{ owner: owner(namespace), cause: 'drift' }]);
});

it('a deletion wakes the owner, unless the owner made it', async () => {
  using parts = start();
  const { managed, wakes } = parts;
  const namespace = await freshNamespace('managed');
  await managed.use(owner(namespace), [configMaps]);
  const ours = await write(managed, owned(namespace, 'ours'));
  await write(managed, owned(namespace, 'theirs'));
  const target = { key: { namespace, name: 'ours' }, uid: ours.uid };
  await managed.remove(configMaps, target, () => client.delete(configMaps, target.key));
  await eventually('our deletion is seen', () =>
    Promise.resolve(managed.view(configMaps, target.key).known === 'absent' ? true : undefined),
  );
  expect(wakes).toEqual([]);
  await client.delete(configMaps, { namespace, name: 'theirs' });
  await woken(wakes, 'drift');
});

it('who waits hears of the end of what it deleted', async () => {
  using parts = start();
  const { managed, wakes } = parts;
  const namespace = await freshNamespace('managed');
  await managed.use(owner(namespace), [configMaps]);
  const { uid } = await write(managed, owned(namespace, 'a'));
  managed.await(owner(namespace), true);
  const target = { key: { namespace, name: 'a' }, uid };
  await managed.remove(configMaps, target, () => client.delete(configMaps, target.key));
  await woken(wakes, 'progress');
});

it('where we may not watch, views are nothing and nothing breaks', async () => {
  const stranger = client.as(userIdentity('nobody-in-particular'));
  using parts = start(stranger);
  const { managed } = parts;
  const namespace = await freshNamespace('managed');
  await managed.use(owner(namespace), [configMaps]);
  expect(managed.view(configMaps, { namespace, name: 'a' })).toEqual({ known: 'nothing' });
  const state = await write(managed, owned(namespace, 'a'));
  expect(state.owner).toEqual(owner(namespace));
  expect(managed.view(configMaps, { namespace, name: 'a' })).toEqual({ known: 'nothing' });
});

it('a kind that ends with its CRD wakes its owners, and is watched again when it is back', async () => {
  using parts = start();
  const { managed, wakes } = parts;
  const group = `${freshName('things')}.example.org`;
  const names = { kind: 'Thing', plural: 'things', singular: 'thing' };
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  const things = { group, version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
  const crds = await client.discovery.resourceFor(definition.apiVersion, definition.kind);
  const namespace = await freshNamespace('managed');
  const thing = { ...owned(namespace, 'a'), apiVersion: `${group}/v1`, kind: 'Thing' };
  const key = { namespace, name: 'a' };
  const make = () => eventually('it is made', () => write(managed, thing, things));
  const isLive = () =>
    eventually('it is seen', async () => {
      await managed.use(owner(namespace), [things, configMaps]);
      return managed.view(things, key).known === 'live' ? true : undefined;
    });

  await apply([definition]);
  await make();
  await isLive();
  await client.delete(crds!, { name: `things.${group}` });
  await woken(wakes, 'drift');
  expect(managed.view(configMaps, key)).toEqual({ known: 'absent' });
  await eventually('the CRD is gone', () =>
    apply([definition]).then(
      () => true,
      () => undefined,
    ),
  );
  await make();
  await isLive();
});
