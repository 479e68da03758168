import type { IdentityDirectory } from '../../access/tenancy/identity-class.ts';
import { capsuleUsers } from '../../access/tenancy/users.ts';
import type { TenantDirectory } from '../../admission/tenant-directory.ts';
import type { TenancyReaders } from './tenancy-readers.ts';

/** Whom tenancy is enforced for, as the configuration and the TenantOwners say at the moment. */
export function identitiesOf(
  { configuration, tenantOwners }: Pick<TenancyReaders, 'configuration' | 'tenantOwners'>,
  tenants: Pick<TenantDirectory, 'tenantsOf'>,
  controller: string | undefined,
): IdentityDirectory {
  const { spec } = configuration();
  const aggregated = tenantOwners().flatMap(({ spec: owner }) => (owner.aggregate ? [owner] : []));
  return {
    controller,
    administrators: spec.administrators ?? [],
    ignoredGroups: spec.ignoreUserWithGroups ?? [],
    users: capsuleUsers({ ...spec, aggregated }),
    tenantsOf: (namespace) => tenants.tenantsOf(namespace),
  };
}
