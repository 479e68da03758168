import { expect, test } from 'vitest';
import { CapsuleConfiguration } from '../api/capsule/capsule-configuration.ts';
import { TenantOwner } from '../api/capsule/tenant-owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import { isTenantOwner } from '../access/tenancy/identity-class.ts';
import { decideKubeconfig } from '../controllers/reconciler-account/decide-kubeconfig.ts';
import { isOf } from '../controllers/reconciler-account/marks.ts';
import type { KubeObject } from '../kube/object.ts';
import { createViews } from '../proxy/view/create-views.ts';
import { left, newer } from './__fixtures__/between-versions.ts';

/**
 * Manager, bridge and proxy of different versions share nothing but objects. These are as the first
 * version left them: what a later one makes of them is a promise (docs/upgrade.md), so the fixtures are
 * never changed, only added to.
 */
const watched = (object: KubeObject) => ({ list: () => [object], onChange: () => () => {} });

function viewOf(objects: typeof left) {
  const tenant = Tenant.decode(objects.tenant);
  const views = createViews({
    identities: () => ({
      administrators: [],
      ignoredGroups: [],
      users: (CapsuleConfiguration.decode(objects.configuration).spec.userGroups ?? []).map(
        (name) => ({ kind: 'Group', name }),
      ),
      tenantsOf: () => [],
    }),
    tenants: {
      get: (name) => (name === tenant.metadata.name ? tenant : undefined),
      ownedBy: (sender) => (isTenantOwner(sender, tenant.status?.owners ?? []) ? [tenant] : []),
      tenantsOf: (namespace) => (namespace === 'oil-apps' ? ['oil'] : []),
    },
    proxySettings: watched(objects.proxySetting),
    globalProxySettings: watched(objects.globalProxySettings),
  });
  return (user: string) => views({ user, groups: ['projectcapsule.dev'] });
}

test.each([
  ['an earlier version left', left],
  ['a newer version writes, with fields that this one does not know', newer],
])('the proxy shows by what %s', (_, objects) => {
  const view = viewOf(objects);
  expect(view('alice')).toMatchObject({
    isTenantUser: true,
    tenants: [{ name: 'oil', isOwned: true, operations: { Nodes: ['List', 'Update'] } }],
  });
  expect(view('carol')).toMatchObject({
    tenants: [{ name: 'oil', isOwned: false, operations: { StorageClasses: ['List'] } }],
    clusterResources: [{ resources: ['*'], selector: { matchLabels: { shared: 'yes' } } }],
  });
  expect(view('bob').tenants).toEqual([]);
});

test.each([
  ['an earlier version left', left],
  ['a newer version writes', newer],
])('a TenantOwner that %s names whom it named', (_, { tenantOwner }) => {
  expect(TenantOwner.decode(tenantOwner).spec).toMatchObject({ kind: 'User', name: 'dora' });
});

test('a kubeconfig that an earlier bridge issued is ours, and left until it is due', () => {
  const { kubeconfig } = left;
  expect(isOf(kubeconfig.secret, { namespace: 'oil-system', name: 'gitops-reconciler' })).toBe(
    true,
  );
  const { secretUid, accountUid, endpoint, text, issuedMs } = kubeconfig;
  const facts = { kubeconfig: text, secretUid, accountUid, endpoint, lifeMs: 7_200_000 };
  expect(decideKubeconfig({ ...facts, nowMs: issuedMs }).do).toBe('leave');
  expect(decideKubeconfig({ ...facts, nowMs: issuedMs + 7_200_000 }).do).toBe('mint');
});
