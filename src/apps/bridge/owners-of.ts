import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { namedOwners, reconcilersOf } from '../../access/tenancy/named-owners.ts';
import { effectiveOwners } from '../../access/tenancy/owners.ts';
import type { Ownership } from '../../controllers/reconciler-account/ownership-index.ts';

/**
 * The ServiceAccounts that administrators named owners of a tenant, in the Tenant or by TenantOwners.
 * Administrators of all tenants own none in particular, and those that a tenant promoted by a label
 * were named by nobody but the tenant: neither counts.
 */
export function accountsOf(
  { metadata, spec }: Tenant,
  tenantOwners: readonly TenantOwner[],
): ReadonlyMap<string, Ownership> {
  const owners = effectiveOwners({
    tenant: metadata.name,
    owners: namedOwners(spec),
    matchOwners: spec.permissions?.matchOwners ?? [],
    tenantOwners: tenantOwners.map((owner) => ({
      ...owner.spec,
      labels: owner.metadata.labels ?? {},
    })),
    administrators: [],
    administrationClusterRoles: [],
    promoted: [],
    promotionClusterRoles: [],
  });
  const reconcilers = new Set(reconcilersOf(spec));
  const declared = { everywhere: spec.gitops?.distributeKubeconfigs ?? false };
  return new Map(
    owners
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ name }) => [name, reconcilers.has(name) ? { declared } : {}]),
  );
}
