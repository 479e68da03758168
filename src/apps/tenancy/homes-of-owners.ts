import { accountHomes, homeOf, type AccountHomes } from '../../access/tenancy/account-homes.ts';
import { namedOwners } from '../../access/tenancy/named-owners.ts';
import { isSelected } from '../../access/tenancy/owners.ts';
import type { TenancyReaders } from './tenancy-readers.ts';

/** Namespaces whose accounts own tenants, as Tenants, TenantOwners and the configuration name them now. */
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
    return { tenant, owners: [...namedOwners(spec), ...selected] };
  });
  return accountHomes([...named, { owners: configuration().spec.administrators ?? [] }]);
}
