import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  startReplicationHarness,
  type ReplicationHarness,
} from '../../../test/support/replication-harness.ts';
import type { HarnessTenant } from '../../../test/support/tenancy-harness.ts';

/** With the check of scopes left out: what remains is that it is done as the tenant's account. */
let harness: ReplicationHarness;
let evil: HarnessTenant;
beforeAll(async () => {
  harness = await startReplicationHarness({ isScopeUnchecked: true });
  evil = await harness.tenant(1);
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const rbac = 'rbac.authorization.k8s.io';
const name = freshName('root');
const clusterScoped = [
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', name: 'system:authenticated', apiGroup: rbac }],
  },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [],
  },
  {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name },
    spec: { owners: [{ kind: 'User', name: 'mallory' }] },
  },
];

test('RBAC refuses kinds without namespaces on every path', async () => {
  const paths: [string, object][] = clusterScoped.flatMap((object): [string, object][] => [
    [object.kind, { rawItems: [object] }],
    [object.kind, { generators: [{ template: JSON.stringify(object) }] }],
  ]);
  const roles = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole' };
  paths.push(
    ['ClusterRole', { namespacedItems: [{ ...roles, name: 'cluster-admin' }] }],
    ['ClusterRole', { namespacedItems: [{ ...roles, selector: {} }] }],
  );
  const keys = await Promise.all(
    paths.map(async ([, resources]) => await harness.replicate(evil, [resources])),
  );
  for (const key of keys)
    await harness.settled(key, 'False', /is forbidden: User "system:serviceaccount:/);
  for (const { kind } of clusterScoped) {
    const { code } = await harness.kubectl(['get', kind, name]);
    expect(code, kind).not.toBe(0);
  }
});
