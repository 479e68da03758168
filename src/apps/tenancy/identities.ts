import type { IdentityDirectory } from '../../access/tenancy/identity-class.ts';
import { capsuleUsers } from '../../access/tenancy/users.ts';
import type { TenantDirectory } from '../../admission/tenant-directory.ts';
import { namedUsers } from './named-users.ts';
import type { TenancyReaders } from './tenancy-readers.ts';

/** Whom tenancy is enforced for, as the configuration, TenantOwners and Tenants say at the moment. */
export function identitiesOf(
  readers: Pick<TenancyReaders, 'configuration' | 'tenantOwners' | 'tenants'>,
  directory: Pick<TenantDirectory, 'tenantsOf'>,
  controller: string | undefined,
): IdentityDirectory {
  const { spec } = readers.configuration();
  return {
    controller,
    administrators: spec.administrators ?? [],
    ignoredGroups: spec.ignoreUserWithGroups ?? [],
    users: capsuleUsers({ ...spec, aggregated: namedUsers(readers) }),
    tenantsOf: (namespace) => directory.tenantsOf(namespace),
  };
}
