import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterContext, freshNamespace, kubectlOk } from '../../test/support/cluster.ts';
import { isConflict, isInvalid } from './api-error.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { managerEntryHash, managersOf } from './managed-fields.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { takeoverPatch, usualManagers } from './takeover.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}
const manager = 'kustomize-controller';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

let client: ClosableClient;
let namespace: string;

beforeAll(async () => {
  client = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  namespace = await freshNamespace('takeover');
});
afterAll(() => client.close());

const desired = (name: string, data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data,
});
const get = (name: string) => client.get<ConfigMap>(configMaps, { namespace, name });
const apply = async (name: string, data: Record<string, string>) =>
  (
    await client.apply<ConfigMap>(configMaps, desired(name, data), {
      fieldManager: manager,
      force: true,
    })
  ).object;
const takeover = (live: KubeObject) =>
  takeoverPatch(live, { manager, from: usualManagers(manager), annotations: [lastApplied] });

test('what kubectl applied becomes ours, and leaves the cluster when it left Git', async () => {
  const input = JSON.stringify(desired('taken', { git: '1', old: '1' }));
  await kubectlOk(['apply', '-f', '-'], { input });
  // Without a takeover, kubectl keeps `old` alive.
  expect((await apply('taken', { git: '2' })).data).toEqual({ git: '2', old: '1' });
  const live = await get('taken');
  expect(managersOf(live, ['data', 'old'])).toEqual(['kubectl-client-side-apply']);
  const patch = takeover(live);
  expect(patch).toBeDefined();
  if (patch) await client.patch(configMaps, { namespace, name: 'taken' }, patch);
  const owned = await get('taken');
  expect(managersOf(owned, ['data', 'old'])).toEqual([manager]);
  expect(owned.metadata.annotations).toBeUndefined();
  expect((await apply('taken', { git: '2' })).data).toEqual({ git: '2' });
  expect(takeover(await get('taken'))).toBeUndefined();
});

test('a takeover computed from an old object is refused', async () => {
  const input = JSON.stringify(desired('raced', { a: '1' }));
  await kubectlOk(['apply', '-f', '-'], { input });
  const patch = takeover(await get('raced'));
  await apply('raced', { b: '1' });
  const late = client.patch(configMaps, { namespace, name: 'raced' }, patch!);
  await expect(late).rejects.toSatisfy((error) => isConflict(error) || isInvalid(error));
  expect(managersOf(await get('raced'), ['data', 'a'])).toEqual(['kubectl-client-side-apply']);
});

test('the hash of our entry tells drift from what is not our business', async () => {
  const hashOf = async () => managerEntryHash(await get('drift'), manager);
  const key = { namespace, name: 'drift' };
  const edit = (data: Record<string, string | null>) =>
    client.patch(configMaps, key, { type: 'merge', body: { data } }, { fieldManager: 'somebody' });
  await apply('drift', { a: '1', b: '1' });
  const ours = await hashOf();
  expect(ours).toBeDefined();

  await apply('drift', { a: '1', b: '1' });
  expect(await hashOf()).toBe(ours);
  await edit({ theirs: '1' });
  await client.patch(configMaps, key, {
    type: 'merge',
    body: { metadata: { labels: { x: 'y' } } },
  });
  expect(await hashOf()).toBe(ours);

  await edit({ a: 'changed' });
  const changed = await hashOf();
  expect(changed).not.toBe(ours);
  await edit({ b: null });
  expect(await hashOf()).not.toBe(changed);
});
