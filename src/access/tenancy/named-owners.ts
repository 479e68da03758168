import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { serviceAccountUser } from '../service-account-user.ts';
import type { NamedOwner } from './owners.ts';

/** A Tenant's spec, as far as it names owners. */
interface Naming {
  owners?: TenantSpec['owners'] | undefined;
  gitops?: TenantSpec['gitops'] | undefined;
}

/** Whom a Tenant names as its owners: one by one, and the accounts it declares to be deployed by. */
export function namedOwners({ owners = [], gitops }: Naming): NamedOwner[] {
  const declared = reconcilersOf({ gitops }).map((name) => ({
    kind: 'ServiceAccount' as const,
    name,
    clusterRoles: gitops?.clusterRoles ?? [],
  }));
  return [...owners, ...declared];
}

/** Users of the ServiceAccounts that a Tenant declares to be deployed by (`spec.gitops`). */
export function reconcilersOf({ gitops }: Pick<Naming, 'gitops'>): string[] {
  if (!gitops) return [];
  return gitops.serviceAccounts.map((name) => serviceAccountUser(gitops.namespace, name));
}
