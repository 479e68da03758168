import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { NamespacedAccount } from '../../api/capsule/replication.ts';

type Impersonation = NonNullable<CapsuleConfiguration['spec']['impersonation']>;

/** As whom a replication reads and writes. */
export type ReplicationAccount =
  | { as: 'account'; account: NamespacedAccount }
  /** The control plane itself: only for what an administrator wrote. */
  | { as: 'controller' }
  | { as: 'nobody'; why: string };

/**
 * The account of a TenantResource: the one it names, or the tenant default, always in its own
 * namespace. Never the control plane: a tenant's text is done with a tenant's rights.
 */
export function tenantResourceAccount(
  { namespace, named }: { namespace: string; named: string | undefined },
  { tenantDefaultServiceAccount }: Partial<Impersonation> = {},
): ReplicationAccount {
  const name = named ?? tenantDefaultServiceAccount;
  if (name !== undefined && name !== '') return { as: 'account', account: { name, namespace } };
  const why =
    'no ServiceAccount acts for it: set spec.serviceAccount, or have an administrator set ' +
    'impersonation.tenantDefaultServiceAccount in the CapsuleConfiguration';
  return { as: 'nobody', why };
}

/** The account of a GlobalTenantResource: the one it names, the global default, or the control plane. */
export function globalTenantResourceAccount(
  named: NamespacedAccount | undefined,
  impersonation: Partial<Impersonation> = {},
): ReplicationAccount {
  if (named) return { as: 'account', account: named };
  const {
    globalDefaultServiceAccount: name = '',
    globalDefaultServiceAccountNamespace: namespace = '',
  } = impersonation;
  if (name === '' && namespace === '') return { as: 'controller' };
  if (name !== '' && namespace !== '') return { as: 'account', account: { name, namespace } };
  // Half a default is a mistake, not a wish to act as the control plane.
  const why =
    'no ServiceAccount acts for it: set both impersonation.globalDefaultServiceAccount and ' +
    'impersonation.globalDefaultServiceAccountNamespace in the CapsuleConfiguration, or spec.serviceAccount';
  return { as: 'nobody', why };
}
