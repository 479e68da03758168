import type { Subject } from '../../api/capsule/owner.ts';
import { reconcilersOf } from '../../access/tenancy/named-owners.ts';
import type { TenancyReaders } from './tenancy-readers.ts';

/** Users of Capsule besides those of the configuration: TenantOwners that say so, and what deploys. */
export function namedUsers({
  tenantOwners,
  tenants,
}: Pick<TenancyReaders, 'tenantOwners' | 'tenants'>): Subject[] {
  const aggregated = tenantOwners()
    .filter(({ spec }) => spec.aggregate)
    .map(({ spec: { kind, name } }) => ({ kind, name }));
  const reconcilers = tenants()
    .flatMap(({ spec }) => reconcilersOf(spec))
    .map((name) => ({ kind: 'ServiceAccount' as const, name }));
  return [...aggregated, ...reconcilers];
}
