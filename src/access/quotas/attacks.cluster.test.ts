import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { attackTarget, type Target } from '../../../test/support/quota-attacks.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { QuantityLedger } from '../../api/capsule/quantity-ledger.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { RuleStatus, ruleStatusName } from '../../api/capsule/rule-status.ts';
import { resourceQuotaType, secretType } from '../../kube/core-resources.ts';
import { serviceAccountIdentity, userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { globalLedgerName, globalQuotaName } from './global-names.ts';

/**
 * What limits tenants, against those whom RBAC lets do everything in a namespace of the tenant, and
 * against a neighbour: every verb and every way to write, with the component and without.
 */
const [oil, gas] = [freshName('oil'), freshName('gas')];
const [alice, group, bob] = [freshName('alice'), freshName('group'), freshName('bob')];
const [pool, counted] = [freshName('pool'), freshName('counted')];
const apiVersion = 'capsule.clastix.io/v1beta2';
let plane: TenancyPlane;
let namespace: string;
let neighbours: string;
let ledgerOfShare: string;

const of = (kind: string, metadata: object, spec: object) => ({ apiVersion, kind, metadata, spec });
const personas = () => [
  userIdentity(alice),
  userIdentity(freshName('member'), [group]),
  serviceAccountIdentity(namespace, 'robot'),
];
const maps = { apiVersion: 'v1', kind: 'ConfigMap', op: 'count' };

beforeAll(async () => {
  plane = await startTenancyPlane();
  const rules = [{ quota: [{ name: 'shared', hard: { services: '10' } }] }];
  await plane.tenant(oil, { owners: [{ kind: 'User', name: alice }], rules });
  await plane.tenant(gas, { owners: [{ kind: 'User', name: bob }] });
  namespace = await plane.freshNamespace(oil, { pool });
  neighbours = await plane.freshNamespace(gas);
  const selectors = [{ matchLabels: { pool } }];
  await plane.apply([
    everythingIn(namespace, [alice], [group], 'robot'),
    everythingIn(neighbours, [bob], [], 'robot'),
    of('ResourcePool', { name: pool }, { selectors, quota: { hard: { secrets: '8' } } }),
    of('ResourcePoolClaim', { name: 'claim', namespace }, { pool, claim: { secrets: '5' } }),
    of('CustomQuota', { name: 'maps', namespace }, { limit: '9', sources: [maps] }),
    of(
      'GlobalCustomQuota',
      { name: counted },
      { limit: '9', sources: [maps], namespaceSelectors: selectors },
    ),
  ]);
  await eventually('the claim is used', async () => {
    const metadata = { name: 'used', namespace };
    await plane.apply([{ apiVersion: 'v1', kind: 'Secret', metadata }]);
    const { status } = await plane.get('-n', namespace, 'resourcepoolclaim', 'claim');
    return JSON.stringify(status).includes('"InUse"');
  });
  const name = `${oil}-shared`;
  ledgerOfShare = await eventually('the shared quota is kept', async () => {
    const { metadata } = await plane.get('globalresourcequota', name);
    const ledger = globalLedgerName({ name, uid: metadata.uid ?? '' });
    await plane.get('-n', home, 'quantityledger', ledger);
    await plane.get('-n', namespace, 'resourcequota', globalQuotaName(name));
    await plane.get('-n', namespace, 'quantityledger', 'maps');
    return ledger;
  });
  const everything = { verb: '*', group: '*', resource: '*' };
  for (const who of personas()) await untilAllowed(plane.admin, who, { ...everything, namespace });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

function everythingIn(where: string, users: string[], groups: string[], account: string) {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'everything', namespace: where },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [
      ...users.map((name) => ({ apiGroup, kind: 'User', name })),
      ...groups.map((name) => ({ apiGroup, kind: 'Group', name })),
      { kind: 'ServiceAccount', name: account, namespace: where },
    ],
  };
}

/** A native quota of ours, by its name. */
const native = (name: string, hard: object): Omit<Target, 'key'> & { name: string } => ({
  name,
  type: resourceQuotaType,
  wanted: { spec: { hard } },
  told: { status: { hard, used: {} } },
});
const ledger = {
  type: QuantityLedger.type,
  wanted: { spec: { targetRef: { name: 'other' } } },
  told: { status: { reservations: [] } },
};

/** In the namespace of the attackers. */
const inNamespace: Record<string, () => Target> = {
  'the quota of a pool': () => inOwn(native(`capsule-pool-${pool}`, { secrets: '99' })),
  'a share of a quota': () => inOwn(native(globalQuotaName(`${oil}-shared`), { services: '99' })),
  'a ledger': () => inOwn({ name: 'maps', ...ledger }),
  'the rules of the namespace': () =>
    inOwn({
      name: ruleStatusName,
      type: RuleStatus.type,
      wanted: { policies: { wildcardHostnames: true }, checks: {} },
      told: { status: { rules: [{}] } },
    }),
  'a claim that is used': () =>
    inOwn({
      name: 'claim',
      type: ResourcePoolClaim.type,
      wanted: { spec: { claim: { secrets: '1' } } },
      told: { status: { conditions: [] } },
      free: ['create'],
    }),
  // Who may do everything may limit itself otherwise, but not say what was counted.
  'what a quota has counted': () =>
    inOwn({
      name: 'maps',
      type: CustomQuota.type,
      wanted: { spec: { limit: '99' } },
      told: { status: { usage: { used: '0', available: '9' } } },
      free: ['write', 'create', 'delete'],
    }),
};
const inOwn = ({ name, ...target }: Omit<Target, 'key'> & { name: string }): Target => ({
  ...target,
  key: { name, namespace },
});

/** Elsewhere: there RBAC lets them do nothing. */
const elsewhere: Record<string, () => Target> = {
  'a shared quota': () => ({
    type: GlobalResourceQuota.type,
    key: { name: `${oil}-shared` },
    wanted: { spec: { quota: { hard: { services: '99' } } } },
    told: { status: { total: { used: {} } } },
  }),
  'its ledger': () => ({ ...ledger, key: { name: ledgerOfShare, namespace: home } }),
  'a quota over namespaces': () => ({
    type: GlobalCustomQuota.type,
    key: { name: counted },
    wanted: { spec: { limit: '99' } },
    told: { status: { usage: { used: '0' } } },
  }),
  'a pool': () => ({
    type: ResourcePool.type,
    key: { name: pool },
    wanted: { spec: { quota: { hard: { secrets: '99' } } } },
    told: { status: { claims: {} } },
  }),
};

/** What gets through, by anybody of these. */
async function getsThrough(target: Target, by: ReturnType<typeof personas>): Promise<string[]> {
  const through: string[] = [];
  for (const who of by) through.push(...(await attackTarget(plane.admin, target, who)));
  return through;
}

describe.each(['runs', 'is stopped'])('while the component %s', (state) => {
  beforeAll(async () => {
    if (state === 'is stopped') await plane.stopComponent();
  });

  test.each(Object.entries({ ...inNamespace, ...elsewhere }))(
    '%s is left alone by whoever may do everything in the namespace',
    async (_, target) => {
      expect(await getsThrough(target(), personas())).toEqual([]);
    },
  );

  test.each(Object.entries({ ...inNamespace, ...elsewhere }))(
    '%s is left alone by a neighbour',
    async (_, target) => {
      const by = [userIdentity(bob), serviceAccountIdentity(neighbours, 'robot')];
      expect(await getsThrough({ ...target(), free: [] }, by)).toEqual([]);
    },
  );
});

test('what they may do by right, they can', async () => {
  const own = plane.admin.as(userIdentity(alice));
  const metadata = { name: freshName('own'), namespace };
  await own.create<KubeObject>(secretType, { apiVersion: 'v1', kind: 'Secret', metadata });
  await own.delete(secretType, metadata);
});
