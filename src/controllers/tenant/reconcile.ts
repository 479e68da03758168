import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { unsupportedTenantFields } from '../../api/capsule/unsupported.ts';
import { Reason } from '../../api/reasons.ts';
import { unsupportedMessage } from '../../api/unsupported.ts';
import { stalled } from '../../base/errors.ts';
import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import { effectiveOwners } from '../../access/tenancy/owners.ts';
import { tenantGrants } from '../../access/tenancy/ownership.ts';
import { done, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { clusterRoleBindingType, clusterRoleType } from '../shared/rbac-resources.ts';
import { childOf } from './children/child.ts';
import { converge } from '../shared/converge.ts';
import { fieldManager } from './field-manager.ts';
import { ownerVerbs } from './grants.ts';
import { reconcileNamespace } from './reconcile-namespace.ts';
import { shareQuotas } from './quotas/share-quotas.ts';
import { recordTenant } from './tell-status.ts';
import type { TenantDeps, Work } from './work.ts';

/**
 * One look at a Tenant: who owns it, what the API server is to allow them, and what each of its
 * namespaces gets. Cheap when nothing differs: then it makes no request at all.
 */
export async function reconcile(
  tenant: Tenant,
  deps: TenantDeps,
  run: Run<TenantStatus>,
): Promise<Outcome> {
  const fields = unsupportedTenantFields(tenant);
  if (fields.length > 0) throw stalled(Reason.InvalidSpec, unsupportedMessage(fields));
  const plain = workFor(tenant, deps, run);
  const { byNamespace, againMs } = shareQuotas(plain);
  const work: Work = { ...plain, quotas: byNamespace };
  const owners = ownersOf(work);
  recordTenant(owners, work);
  await grant(owners, work);
  for (const namespace of work.namespaces) await reconcileNamespace(namespace, owners, work);
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: againMs });
}

/** What the steps of one run share. */
export function workFor(tenant: Tenant, deps: TenantDeps, run: Run<TenantStatus>): Work {
  const { name, uid = '' } = tenant.metadata;
  return {
    tenant,
    identity: { name, uid },
    namespaces: deps.namespaces.of(name),
    configuration: deps.configuration(),
    quotas: new Map(),
    deps,
    run,
  };
}

/** Everybody who owns the tenant. */
export function ownersOf({ tenant, identity, configuration, deps }: Work): EffectiveOwner[] {
  const { owners = [], permissions } = tenant.spec;
  const { administrators = [], rbac } = configuration.spec;
  return effectiveOwners({
    tenant: identity.name,
    owners,
    matchOwners: permissions?.matchOwners ?? [],
    tenantOwners: deps.tenantOwners(),
    administrators,
    administrationClusterRoles: rbac.administrationClusterRoles,
    promoted: [],
    promotionClusterRoles: rbac.promotionClusterRoles,
  });
}

/** Tells the API server who owns the tenant, and what that allows at the moment. */
export async function grant(owners: readonly EffectiveOwner[], work: Work): Promise<void> {
  const { tenant, identity, namespaces, configuration, deps, run } = work;
  const verbs = ownerVerbs({
    spec: tenant.spec,
    size: namespaces.length,
    deleting: tenant.metadata.deletionTimestamp !== undefined,
    forcePrefix: configuration.spec.forceTenantPrefix,
  });
  const [role, binding] = tenantGrants({ tenant: identity.name, owners, verbs });
  const options = { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal };
  for (const [type, object] of [
    [clusterRoleType, role],
    [clusterRoleBindingType, binding],
  ] as const) {
    const { name } = object.metadata;
    const live = deps.managed.for(type).get({ name });
    const desired = [childOf(identity, { ...object, metadata: { name } })];
    await converge({ type, desired, present: live ? [live] : [] }, options);
  }
}
