import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName } from '../../../../test/support/cluster.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
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

const group = `${freshName('gizmos')}.example.org`;
const schema = {
  openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};
const definition = (isOldServed: boolean): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `gizmos.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Gizmo', plural: 'gizmos', singular: 'gizmo' },
    versions: [
      { name: 'v1', served: true, storage: true, schema },
      { name: 'v1beta1', served: isOldServed, storage: false, schema },
    ],
  },
});
const gizmo = (name: string) =>
  JSON.stringify({ apiVersion: `${group}/v1beta1`, kind: 'Gizmo', metadata: { name } });

/** Until the API server says so, to whoever asks anew. */
const isServed = (version: string, expected: boolean) =>
  eventually(`${version} is served: ${expected}`, async () => {
    harness.admin.discovery.invalidate();
    const type = await harness.admin.discovery.resourceFor(`${group}/${version}`, 'Gizmo');
    return (type !== undefined) === expected ? true : undefined;
  });

it('what was applied in a version that is not served any more is deleted all the same', async () => {
  await applyAll(harness.admin, [definition(true)]);
  await isServed('v1beta1', true);
  const namespace = await harness.tenant('platform');
  const apiGroup = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  const roleRef = { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = { apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding' };
  await applyAll(harness.admin, [
    { ...binding, metadata: { name: 'all', namespace }, subjects, roleRef },
  ]);
  const files = {
    'one/a.yaml': gizmo('a'),
    'one/c.yaml': configMap('c', {}),
    'two/b.yaml': gizmo('b'),
  };
  await harness.publish(files, { namespace });
  for (const name of ['one', 'two']) {
    await harness.deploy(namespace, name, { path: `./${name}` });
    await harness.ready(namespace, name);
  }

  await applyAll(harness.admin, [definition(false)]);
  await isServed('v1beta1', false);
  const { 'one/a.yaml': _, ...rest } = files;
  const revision = await harness.publish(rest, { namespace });
  await harness.ready(namespace, 'one', revision);
  await harness.gone(`${group}/v1`, 'Gizmo', { namespace, name: 'a' });
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  await harness.admin.delete(type, { namespace, name: 'two' });
  await harness.gone('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { namespace, name: 'two' });
  expect(await harness.read(`${group}/v1`, 'Gizmo', { namespace, name: 'b' })).toBeUndefined();
  const crds = await harness.type('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  await harness.admin.delete(crds, { name: `gizmos.${group}` });
});
