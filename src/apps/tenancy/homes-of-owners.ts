import { accountHomes, homeOf, type AccountHomes } from '../../access/tenancy/account-homes.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { serviceAccountUser } from '../../access/service-account-user.ts';
import { namedOwners } from '../../access/tenancy/named-owners.ts';
import { isSelected } from '../../access/tenancy/owners.ts';
import type { TenancyReaders } from './tenancy-readers.ts';

/** Namespaces whose accounts own tenants, or have roles in them, as Tenants, TenantOwners and the configuration name them now. */
export function homesOfOwners({
  configuration,
  tenants,
  tenantOwners,
}: Pick<TenancyReaders, 'configuration' | 'tenants' | 'tenantOwners'>): AccountHomes {
  const accounts = tenantOwners()
    .filter(({ spec }) => homeOf(spec.name) !== undefined)
    .map(({ metadata: { labels = {} }, spec: { name } }) => ({ name, labels }));
  const named = tenants().map(({ metadata: { name: tenant }, spec }) => {
    const matchOwners = spec.permissions?.matchOwners ?? [];
    const selected = accounts.filter((owner) => isSelected(owner, { tenant, matchOwners }));
    return { tenant, owners: [...namedOwners(spec), ...selected, ...boundBy(spec)] };
  });
  return accountHomes([...named, { owners: configuration().spec.administrators ?? [] }]);
}

/** Whom a Tenant gives other roles in its namespaces, by their user names. */
function boundBy({ additionalRoleBindings = [], rules = [] }: TenantSpec): { name: string }[] {
  const ofRules = rules.flatMap(({ permissions }) => permissions?.bindings ?? []);
  return [...additionalRoleBindings, ...ofRules]
    .flatMap(({ subjects }) => subjects)
    .map(({ kind, name, namespace = '' }) => ({
      name: kind === 'ServiceAccount' ? serviceAccountUser(namespace, name) : name,
    }));
}
