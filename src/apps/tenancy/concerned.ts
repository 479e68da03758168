import { isDeepStrictEqual } from 'node:util';
import { isSelected } from '../../access/tenancy/owners.ts';
import { isRecord } from '../../base/json.ts';
import type { LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { CacheChange } from '../../runtime/cache/read-cache.ts';

/**
 * Whom a change concerns, so that it wakes those and no others: with a thousand Tenants, what wakes
 * all of them is work for seconds. Objects are looked at as they are stored, without decoding.
 */

type Change = CacheChange<KubeObject>;

/** Those of the TenantOwners whose tenants a change of a Tenant may change. */
export function ownersConcerned(
  { before, after }: Change,
  owners: readonly KubeObject[],
): KubeObject[] {
  return owners.filter((owner) => selectsOwner(before, owner) !== selectsOwner(after, owner));
}

/** Those of the Tenants whose owners a change of a TenantOwner may change. */
export function tenantsConcerned(
  { before, after }: Change,
  tenants: readonly KubeObject[],
): KubeObject[] {
  return tenants.filter((tenant) => selectsOwner(tenant, before) || selectsOwner(tenant, after));
}

/** Whether a change of the configuration may change anything about Tenants. */
export function concernsTenants({ before, after }: Change): boolean {
  return !isDeepStrictEqual(decidingPart(before), decidingPart(after));
}

/**
 * Whether a Tenant appeared, went, is owned or deployed by others now, gives others roles, or lets its accounts
 * become owners or no longer does.
 */
export function concernsConfiguration({ before, after }: Change): boolean {
  if (!before || !after) return true;
  return !isDeepStrictEqual(namingPart(before), namingPart(after));
}

function selectsOwner(tenant: KubeObject | undefined, owner: KubeObject | undefined): boolean {
  if (!tenant || !owner) return false;
  const matchOwners = permissionsOf(tenant)['matchOwners'];
  return isSelected(
    { labels: owner.metadata.labels ?? {} },
    {
      tenant: tenant.metadata.name,
      // The schema of the CRD admits selectors only.
      matchOwners: Array.isArray(matchOwners) ? (matchOwners as LabelSelector[]) : [],
    },
  );
}

function namingPart(tenant: KubeObject): unknown {
  const spec = isRecord(tenant['spec']) ? tenant['spec'] : {};
  const { gitops = null, owners = null, additionalRoleBindings = null, rules = null } = spec;
  const { allowOwnerPromotion = true, matchOwners = null } = permissionsOf(tenant);
  return [allowOwnerPromotion, matchOwners, gitops, owners, additionalRoleBindings, rules];
}

function permissionsOf({ spec }: KubeObject): Record<string, unknown> {
  const permissions = isRecord(spec) ? spec['permissions'] : undefined;
  return isRecord(permissions) ? permissions : {};
}

function decidingPart(configuration: KubeObject | undefined): unknown {
  const spec = configuration?.['spec'];
  if (!isRecord(spec)) return undefined;
  const { administrators, rbac, forceTenantPrefix, allowServiceAccountPromotion } = spec;
  return { administrators, rbac, forceTenantPrefix, allowServiceAccountPromotion };
}
