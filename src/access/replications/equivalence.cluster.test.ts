import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apply, freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { testSeed } from '../../../test/support/random.ts';
import { isForbidden } from '../../kube/api-error.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { configMapType } from '../../kube/core-resources.ts';
import { firstRefusal } from '../policy/rule.ts';
import { replicationGrant } from './grants.ts';
import { replicationPolicies } from './policies.ts';
import { formatReplicationId, type ReplicationId } from './replication-id.ts';
import { replicatedRules } from './rules.ts';

/** The first ring, with no process of ours anywhere. */
let ring: FirstRing;
let namespace: string;
const user = freshName('robot');
const mine: ReplicationId[] = [
  { kind: 'TenantResource', namespace: 'oil', name: freshName('tr') },
  { kind: 'GlobalTenantResource', name: freshName('gtr') },
];
const held = new Set(mine.map(formatReplicationId));

beforeAll(async () => {
  ring = await firstRing(() => replicationPolicies());
  namespace = await ring.namespace({});
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'User', name: user, apiGroup: rbac }];
  const grants = mine.flatMap((id) => replicationGrant(id, { name: 'x', namespace: 'x' }));
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' };
  await apply([
    ...grants.map((object) => ('subjects' in object ? { ...object, subjects } : object)),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: user, namespace },
      roleRef,
      subjects,
    },
  ]);
  await eventually('the user may', async () => {
    const refused = await Promise.all([...held].map((mark) => isRefused('', mark, 'CREATE')));
    return !refused.includes(true);
  });
});
afterAll(() => ring?.client.close());

function marked(name: string, mark: string): KubeObject {
  const labels = { 'projectcapsule.dev/created-by': 'replications' };
  const annotations = { 'tenantry.dev/replication': mark };
  const marks = mark === '' ? {} : { labels, annotations };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...marks } };
}

/** Whether the API server refuses the user that write, in a dry run. */
async function isRefused(
  oldMark: string,
  mark: string,
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
): Promise<boolean> {
  const name = freshName('object');
  const asUser = ring.client.as(userIdentity(user));
  const dryRun = { dryRun: true };
  if (operation !== 'CREATE') await ring.client.create(configMapType, marked(name, oldMark));
  try {
    if (operation === 'CREATE') await asUser.create(configMapType, marked(name, mark), dryRun);
    else if (operation === 'UPDATE')
      await asUser.replace(configMapType, marked(name, mark), dryRun);
    else await asUser.delete(configMapType, { namespace, name }, dryRun);
    return false;
  } catch (error) {
    if (isForbidden(error)) return true;
    throw error;
  }
}

/** Marks that an object can have: others nobody can give it, not even who may do everything. */
const oldMarks = ['', ...held, ...[...held].map((mark) => `${mark}x`)];
const marks = [
  ...oldMarks,
  ...[...held].map((mark) => `${mark}/x`),
  'TenantResource/oil',
  'GlobalTenantResource',
  '/',
  "'",
];

test('CEL and TypeScript agree on who may write what a replication made', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...oldMarks),
      fc.constantFrom(...marks),
      fc.constantFrom('CREATE', 'UPDATE', 'DELETE' as const),
      async (before, after, operation) => {
        const oldMark = operation === 'CREATE' ? '' : before;
        const mark = operation === 'DELETE' ? '' : after;
        const facts = { oldMark, mark, mayReplicate: (of: string) => held.has(of) };
        const expected = firstRefusal(replicatedRules, facts) !== undefined;
        expect(await isRefused(oldMark, mark, operation)).toBe(expected);
      },
    ),
    { numRuns: 100, seed: testSeed() },
  );
});
