import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import { serviceAccountUser } from '../../access/service-account-user.ts';
import { namedOwners } from '../../access/tenancy/named-owners.ts';
import { effectiveOwners } from '../../access/tenancy/owners.ts';
import { accountsBinding, tenantGrants } from '../../access/tenancy/ownership.ts';
import { rulePromotions, type Promotion } from '../../access/tenancy/promotions.ts';
import {
  clusterRoleBindingType,
  clusterRoleType,
  roleBindingType,
} from '../shared/rbac-resources.ts';
import { converge } from '../shared/converge.ts';
import { childOf } from './children/child.ts';
import { fieldManager } from './field-manager.ts';
import { ownerVerbs } from '../../access/tenancy/owner-verbs.ts';
import type { Work } from './work.ts';

/** Everybody who owns the tenant. */
export function ownersOf(work: Work): EffectiveOwner[] {
  const { tenant, identity, configuration, deps } = work;
  const { permissions } = tenant.spec;
  const { administrators = [], rbac } = configuration.spec;
  return effectiveOwners({
    tenant: identity.name,
    owners: namedOwners(tenant.spec),
    matchOwners: permissions?.matchOwners ?? [],
    tenantOwners: deps.tenantOwners(),
    administrators,
    administrationClusterRoles: rbac.administrationClusterRoles,
    promoted: promotedOwners(work),
    promotionClusterRoles: rbac.promotionClusterRoles,
  });
}

/** ServiceAccounts of the tenant that own it because of their label, where that is allowed. */
function promotedOwners({ tenant, namespaces, configuration, deps }: Work): string[] {
  const isAllowed =
    configuration.spec.allowServiceAccountPromotion &&
    (tenant.spec.permissions?.allowOwnerPromotion ?? true);
  if (!isAllowed) return [];
  return namespaces.flatMap(({ metadata: { name: namespace } }) =>
    deps.promoted.owners
      .list(namespace)
      .map(({ metadata }) => serviceAccountUser(namespace, metadata.name)),
  );
}

/** What the rules of the tenant give to ServiceAccounts of its namespaces. */
export function promotionsOf({ tenant, namespaces, deps }: Work): Promotion[] {
  const rules = tenant.spec.rules ?? [];
  if (!rules.some(({ permissions }) => permissions?.promotions)) return [];
  return rulePromotions({
    rules,
    namespaces: namespaces.map(({ metadata: { name, labels = {} } }) => ({ name, labels })),
    accounts: namespaces.flatMap(({ metadata: { name: namespace } }) =>
      deps.promoted.byRules
        .list(namespace)
        .map(({ metadata: { name, labels = {} } }) => ({ namespace, name, labels })),
    ),
  });
}

/**
 * Tells the API server who owns the tenant, what that allows at the moment, and whose accounts are held
 * to it because they live there.
 */
export async function grant(owners: readonly EffectiveOwner[], work: Work): Promise<void> {
  const { tenant, identity, namespaces, configuration, deps, run } = work;
  const verbs = ownerVerbs({
    spec: tenant.spec,
    size: namespaces.length,
    deleting: tenant.metadata.deletionTimestamp !== undefined,
    forcePrefix: configuration.spec.forceTenantPrefix,
    allowPromotion: configuration.spec.allowServiceAccountPromotion,
  });
  const [role, binding] = tenantGrants({ tenant: identity.name, owners, verbs });
  const accounts = accountsBinding(
    { tenant: identity.name, home: deps.home },
    namespaces.map(({ metadata }) => metadata.name),
  );
  const options = { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal };
  for (const [type, object] of [
    [clusterRoleType, role],
    [clusterRoleBindingType, binding],
    [roleBindingType, accounts],
  ] as const) {
    const live = deps.managed.for(type).get(object.metadata);
    // A list of nobody is none that the API server keeps: it would be applied again each time.
    const binds = (object as { subjects?: unknown[] }).subjects;
    const desired = binds?.length === 0 ? [] : [childOf(identity, object)];
    await converge({ type, desired, present: live ? [live] : [] }, options);
  }
}
