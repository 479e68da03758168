import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName } from '../../../../test/support/cluster.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { untilAllowed } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';
import type { KubeObject } from '../../../kube/object.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

/** A tenant that may do anything: the platform's own. */
async function platform(): Promise<string> {
  const namespace = await harness.tenant('platform');
  const apiGroup = 'rbac.authorization.k8s.io';
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: namespace },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    },
  ]);
  const anything = { verb: '*', group: '*', resource: '*' };
  await untilAllowed(harness.admin, serviceAccountIdentity(namespace, account), anything);
  return namespace;
}

function gizmos(group: string, scope: string) {
  const names = { kind: 'Gizmo', plural: 'gizmos', singular: 'gizmo' };
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gizmos.${group}` },
    spec: { group, scope, names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  });
}
const gizmo = (group: string, name: string, extra: object = {}) =>
  JSON.stringify({
    apiVersion: `${group}/v1`,
    kind: 'Gizmo',
    metadata: { name, ...extra },
    spec: { size: 1 },
  });

it('a CRD, a namespace and what needs them come in one commit', async () => {
  const namespace = await platform();
  const group = `${freshName('gizmos')}.example.org`;
  const fresh = freshName('fresh');
  const revision = await harness.publish(
    {
      'a-gizmo.yaml': gizmo(group, 'g', { namespace: fresh }),
      'b-config.yaml': configMap('c', {}, { namespace: fresh }),
      'c-namespace.yaml': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: fresh },
      }),
      'd-crd.yaml': gizmos(group, 'Namespaced'),
    },
    { namespace },
  );
  await harness.deploy(namespace, 'apps', { wait: true });
  const ready = await harness.ready(namespace, 'apps', revision);
  expect(ready.status?.inventory?.entries.map(({ id }) => id).sort()).toEqual(
    [
      `_${fresh}__Namespace`,
      `_gizmos.${group}_apiextensions.k8s.io_CustomResourceDefinition`,
      `${fresh}_c__ConfigMap`,
      `${fresh}_g_${group}_Gizmo`,
    ].sort(),
  );
  const failures = harness.events.filter(({ about }) => about === `${namespace}/apps`);
  expect(failures.filter(({ severity }) => severity === 'error')).toEqual([]);
});

it('roles in a namespace that it makes may come a moment later', async () => {
  const namespace = await harness.tenant('owner');
  const apiGroup = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  const binding = (kind: string, role: string, metadata: KubeObject['metadata']) => ({
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata,
    subjects,
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
  });
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name: namespace },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'create', 'patch', 'delete'] },
      ],
    },
    binding('ClusterRoleBinding', namespace, { name: namespace }),
  ]);
  const fresh = freshName('fresh');
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fresh } };
  const revision = await harness.publish(
    {
      'config.yaml': configMap('c', {}, { namespace: fresh }),
      'namespace.yaml': JSON.stringify(made),
    },
    { namespace },
  );
  // Nothing but its being new makes it try again.
  await harness.deploy(namespace, 'apps', { retryInterval: '1h', interval: '1h' });
  await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  await applyAll(harness.admin, [
    binding('RoleBinding', 'admin', { name: account, namespace: fresh }),
  ]);
  await harness.ready(namespace, 'apps', revision);
});

it('a CRD that is deleted takes nothing else along, and everything comes back', async () => {
  const namespace = await platform();
  const group = `${freshName('gizmos')}.example.org`;
  await harness.publish(
    {
      'crd.yaml': gizmos(group, 'Cluster'),
      'g.yaml': gizmo(group, 'g'),
      'c.yaml': configMap('c', {}),
    },
    { namespace },
  );
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const before = await harness.read(`${group}/v1`, 'Gizmo', { name: 'g' });
  const type = await harness.type('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  await harness.admin.delete(type, { name: `gizmos.${group}` });
  await harness.until(
    namespace,
    'apps',
    ({ status }) => (status?.history?.[0]?.totalReconciliations ?? 0) > 1,
  );
  await harness.ready(namespace, 'apps');
  const after = (await harness.read(`${group}/v1`, 'Gizmo', { name: 'g' })) as KubeObject;
  expect(after.metadata.uid).not.toBe(before?.metadata.uid);
});

it('a kind that nobody serves is named, before anything is written', async () => {
  const namespace = await harness.tenant();
  await harness.publish(
    { 'g.yaml': gizmo('nobody.example.org', 'g'), 'c.yaml': configMap('c', {}) },
    { namespace },
  );
  await harness.deploy(namespace, 'apps');
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain("no matches for kind 'Gizmo' in version 'nobody.example.org/v1'");
  expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'c' })).toBeUndefined();
});

it('a tenant that brings a CRD or a ClusterRole is refused by the API server', async () => {
  const namespace = await harness.tenant();
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: namespace },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  };
  await harness.publish(
    {
      'crd/a.yaml': gizmos(`${namespace}.example.org`, 'Cluster'),
      'role/a.yaml': JSON.stringify(role),
    },
    { namespace },
  );
  for (const name of ['crd', 'role']) {
    await harness.deploy(namespace, name, { path: `./${name}` });
    const { message } = await harness.failed(namespace, name, 'ReconciliationFailed');
    expect(message).toContain('at the cluster scope: grant it with a ClusterRoleBinding');
  }
});
