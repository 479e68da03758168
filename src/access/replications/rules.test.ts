import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../policy/compile.ts';
import { firstRefusal } from '../policy/rule.ts';
import { replicationGrant } from './grants.ts';
import { replicationPolicies } from './policies.ts';
import { formatReplicationId, grantNameOf, type ReplicationId } from './replication-id.ts';
import { replicatedRules } from './rules.ts';

const mine = 'TenantResource/oil/a';
const theirs = 'GlobalTenantResource/b';
const refusal = (oldMark: string, mark: string) =>
  firstRefusal(replicatedRules, { oldMark, mark, mayReplicate: (of) => of === mine })?.rule;

describe('of an object', () => {
  it.each<[string, string, string | undefined]>([
    ['', '', undefined],
    ['', mine, undefined],
    [mine, mine, undefined],
    [mine, '', undefined],
    ['', theirs, 'replicated-object-is-ones-own'],
    [mine, theirs, 'replicated-object-is-ones-own'],
    [theirs, theirs, 'replicated-object-is-kept'],
    [theirs, '', 'replicated-object-is-kept'],
    [theirs, mine, 'replicated-object-is-kept'],
  ])('made by %j and then by %j: %s', (oldMark, mark, rule) => {
    expect(refusal(oldMark, mark)).toBe(rule);
  });
});

describe('what RBAC is asked', () => {
  const ids: ReplicationId[] = [
    { kind: 'TenantResource', namespace: 'oil', name: 'a' },
    { kind: 'GlobalTenantResource', name: 'b' },
  ];

  it.each(ids)('is what is granted: %j', (id) => {
    const [role, binding] = replicationGrant(id, { name: 'robot', namespace: 'oil' });
    expect(role['rules']).toMatchObject([
      { resourceNames: [grantNameOf(id)], verbs: ['replicate'] },
    ]);
    expect(binding['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'robot', namespace: 'oil' },
    ]);
    expect(role.metadata.annotations).toEqual({
      'tenantry.dev/replication': formatReplicationId(id),
    });
  });

  it('no name of one can be a name of the other: names hold no colon', () => {
    expect(new Set(ids.map(grantNameOf))).toEqual(new Set(['oil:a', 'b']));
  });
});

it('the policy looks at labelled objects only, never at what the cluster’s own parts do or a status says', () => {
  const [policy] = compilePolicies(replicationPolicies());
  expect(policy?.['spec']).toMatchObject({
    matchConstraints: {
      objectSelector: { matchLabels: { 'projectcapsule.dev/created-by': 'replications' } },
      resourceRules: [{ operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['*', '*/status'] }],
    },
    matchConditions: [
      { name: 'not-the-cluster' },
      { name: 'not-mere-status', expression: expect.stringContaining('metadata.?labels != ') },
    ],
  });
});
