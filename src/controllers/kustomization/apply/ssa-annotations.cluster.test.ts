import { afterAll, beforeAll, expect, it } from 'vitest';
import { apply } from '../../../../test/support/cluster.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import type { KubeObject } from '../../../kube/object.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const marked = (mark: Record<string, string>, data: Record<string, string>) => {
  const annotations = Object.fromEntries(
    Object.entries(mark).map(([key, value]) => [`kustomize.toolkit.fluxcd.io/${key}`, value]),
  );
  return configMap('a', data, { annotations });
};
const read = async (namespace: string) =>
  (await harness.read('v1', 'ConfigMap', { namespace, name: 'a' }))?.['data'];
const handMade = (namespace: string, extra: object = {}) =>
  JSON.parse(configMap('a', { k: 'by hand' }, { namespace, ...extra })) as KubeObject;

async function push(namespace: string, text: string): Promise<void> {
  const revision = await harness.publish({ 'a.yaml': text }, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps', revision);
}

it('IfNotPresent: makes what is not there, and never touches it again', async () => {
  const namespace = await harness.tenant();
  await push(namespace, marked({ ssa: 'IfNotPresent' }, { k: '1' }));
  expect(await read(namespace)).toEqual({ k: '1' });
  await push(namespace, marked({ ssa: 'ifnotpresent' }, { k: '2' }));
  expect(await read(namespace)).toEqual({ k: '1' });
});

it('IfNotPresent: leaves what others made alone', async () => {
  const namespace = await harness.tenant();
  await applyAll(harness.admin, [handMade(namespace)]);
  await push(namespace, marked({ ssa: 'IfNotPresent' }, { k: '1' }));
  expect(await read(namespace)).toEqual({ k: 'by hand' });
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.inventory?.entries).toHaveLength(1);
});

it('Ignore: is listed and not applied', async () => {
  const namespace = await harness.tenant();
  await push(namespace, marked({ ssa: 'Ignore' }, { k: '1' }));
  expect(await read(namespace)).toBeUndefined();
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.inventory?.entries).toHaveLength(1);
});

it('Merge: keeps the fields that kubectl added', async () => {
  const namespace = await harness.tenant();
  await push(namespace, marked({ ssa: 'Merge' }, { k: '1' }));
  const metadata = { name: 'a', namespace };
  await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mine: 'x' } }]);
  await harness.request(namespace, 'apps');
  expect(await read(namespace)).toEqual({ k: '1', mine: 'x' });
});

it('reconcile: disabled in Git, the object is not applied', async () => {
  const namespace = await harness.tenant();
  await push(namespace, marked({ reconcile: 'disabled' }, { k: '1' }));
  expect(await read(namespace)).toBeUndefined();
});

it('reconcile: disabled in the cluster, the object is left alone, ours or not', async () => {
  const namespace = await harness.tenant();
  const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
  await applyAll(harness.admin, [handMade(namespace, { annotations })]);
  await push(namespace, configMap('a', { k: '1' }));
  expect(await read(namespace)).toEqual({ k: 'by hand' });
});

it('a mark set by hand in the cluster stops the correction of drift', async () => {
  const namespace = await harness.tenant();
  await push(namespace, configMap('a', { k: '1' }));
  const type = await harness.type('v1', 'ConfigMap');
  const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
  const body = { metadata: { annotations }, data: { k: 'debugging' } };
  await harness.admin.patch(type, { namespace, name: 'a' }, { type: 'merge', body });
  await push(namespace, configMap('a', { k: '2' }));
  expect(await read(namespace)).toEqual({ k: 'debugging' });
});
