import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { ways, writeMetadata } from '../../../test/support/metadata-writes.ts';
import { serviceAccountType } from '../../kube/core-resources.ts';
import { serviceAccountIdentity, userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { tenantGrants } from '../tenancy/ownership.ts';
import { ownerPromotionLabel, promotionLabel, Verb } from '../tenancy/vocabulary.ts';
import { promotionPolicies } from './policies.ts';

/** The first ring, with no process of ours anywhere. */
let ring: FirstRing;
let namespace: string;
const owner = freshName('owner');
/** Owns another tenant, in which promotions are allowed. */
const neighbour = freshName('neighbour');

/** What the tenant controller grants while promotions by rules are allowed, those of owners are not. */
const verbs = [Verb.Own, Verb.Promote];

beforeAll(async () => {
  ring = await firstRing(promotionPolicies);
  namespace = await ring.namespace({});
  const rbac = 'rbac.authorization.k8s.io';
  await apply([
    ...tenantGrants({ tenant: ring.tenant, owners: [{ kind: 'User', name: owner }], verbs }),
    ...tenantGrants({
      tenant: freshName('gas'),
      owners: [{ kind: 'User', name: neighbour }],
      verbs: [...verbs, Verb.PromoteOwners],
    }),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'owners', namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'everything' },
      subjects: [owner, neighbour].map((name) => ({ kind: 'User', name, apiGroup: rbac })),
    },
    account('plain'),
    account('promoted', { [promotionLabel]: 'true', [ownerPromotionLabel]: 'true' }),
  ]);
  await eventually('the owner is one', async () => {
    const answer = await create(account(freshName('x'), { [promotionLabel]: 'true' }), owner);
    return answer.code === 0;
  });
});
afterAll(() => ring?.client.close());

const account = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, labels },
});
const create = (object: object, as: string) =>
  kubectl(['create', '-f', '-'], { input: JSON.stringify(object), as });
const disabled = {
  code: 1,
  stderr: expect.stringContaining('is disabled for the tenant') as string,
};

describe.each([promotionLabel, ownerPromotionLabel])('%s', (label) => {
  test.each([
    ['who may do everything in the namespace', () => userIdentity(ring.user)],
    ['a group that may', () => userIdentity(freshName('member'), [ring.group])],
    ['its own ServiceAccounts', () => serviceAccountIdentity(namespace, 'robot')],
    ['an owner of another tenant', () => userIdentity(neighbour)],
  ])('is not put on by %s', async (_, who) => {
    const client = ring.client.as(who());
    const notOwner = 'only an owner of the tenant';
    for (const value of ['true', '']) {
      const made = client.create(serviceAccountType, account(freshName('x'), { [label]: value }));
      await expect(made).rejects.toThrow(notOwner);
    }
    for (const way of ways) {
      // One that has none, and one that has another value.
      for (const name of ['plain', 'promoted']) {
        const stored = await ring.client.get<KubeObject>(serviceAccountType, { name, namespace });
        const wanted = { labels: { [label]: 'other' } };
        expect(await writeMetadata(client, serviceAccountType, stored, { wanted, way })).toEqual({
          code: 403,
          message: expect.stringContaining(notOwner),
        });
      }
    }
  });

  test('is kept through other changes, and taken off, by anybody who may', async () => {
    const run = (...args: string[]) => kubectlOk(['-n', namespace, ...args], { as: ring.user });
    const name = freshName('promoted');
    await apply([account(name, { [label]: 'true' })]);
    await run('label', 'sa', name, 'team=a');
    await run('label', 'sa', name, `${label}-`);
  });
});

test('an owner promotes where it is allowed, and not where it is disabled', async () => {
  const promote = (label: string) => create(account(freshName('x'), { [label]: 'true' }), owner);
  expect(await promote(promotionLabel)).toMatchObject({ code: 0 });
  expect(await promote(ownerPromotionLabel)).toMatchObject(disabled);
});
