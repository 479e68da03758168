import type { EffectiveOwner, Subject } from '../../api/capsule/owner.ts';
import { parseServiceAccountUser } from '../service-account-user.ts';

/** Who sends a request, as the API server says it. */
export interface Requester {
  username: string;
  groups?: readonly string[];
}

/**
 * What a sender is to tenancy. Tenancy is enforced for users of Capsule; administrators may do
 * everything with tenants; who is unknown is left to RBAC, except that nobody but owners and
 * administrators touches what binds a namespace to its tenant.
 */
export type IdentityClass = 'administrator' | 'capsule' | 'unknown';

/** What is known of identities. */
export interface IdentityDirectory {
  /** User name of the control plane's own account; absent outside a cluster. */
  controller?: string | undefined;
  /** `administrators` and `ignoreUserWithGroups` of the configuration. */
  administrators: readonly Subject[];
  ignoredGroups: readonly string[];
  /** Everybody tenancy is enforced for, from wherever they are named. */
  users: readonly Subject[];
  /** Names of the tenants that a namespace belongs to. */
  tenantsOf(namespace: string): readonly string[];
}

/** The class of a sender; the first of controller, ignored group, administrator and user counts. */
export function identityClass(sender: Requester, directory: IdentityDirectory): IdentityClass {
  if (isController(sender, directory)) return 'administrator';
  if (hasIgnoredGroup(sender, directory)) return 'unknown';
  if (isOneOf(sender, directory.administrators)) return 'administrator';
  return isCapsuleUser(sender, directory) ? 'capsule' : 'unknown';
}

/** Whether the sender is the control plane itself. */
export function isController(
  { username }: Requester,
  { controller }: Pick<IdentityDirectory, 'controller'>,
): boolean {
  return controller !== undefined && username === controller;
}

/**
 * Whether tenancy is enforced for the sender: it is listed, or a ServiceAccount in a namespace of
 * exactly one tenant. Accounts of kube-system never are: the cluster would not heal.
 */
export function isCapsuleUser(sender: Requester, directory: IdentityDirectory): boolean {
  const account = parseServiceAccountUser(sender.username);
  if (account?.namespace === 'kube-system' || isController(sender, directory)) return false;
  if (hasIgnoredGroup(sender, directory)) return false;
  if (isOneOf(sender, directory.users)) return true;
  return account !== undefined && directory.tenantsOf(account.namespace).length === 1;
}

/** Whether the sender is among the owners of a tenant, as its status lists them. */
export function isTenantOwner(sender: Requester, owners: readonly EffectiveOwner[]): boolean {
  return isOneOf(sender, owners);
}

/** Whether one of the subjects is the sender, or a group of the sender's; without a kind it is no group. */
export function isOneOf(
  { username, groups = [] }: Requester,
  subjects: readonly { kind?: Subject['kind'] | undefined; name: string }[],
): boolean {
  return subjects.some(({ kind, name }) =>
    kind === 'Group' ? groups.includes(name) : name === username,
  );
}

function hasIgnoredGroup(
  { groups = [] }: Requester,
  { ignoredGroups }: Pick<IdentityDirectory, 'ignoredGroups'>,
): boolean {
  return ignoredGroups.some((group) => groups.includes(group));
}

/** Names of an audience of kind `Custom`. */
export const customAudiences = [
  'CapsuleUser',
  'Administrator',
  'TenantOwner',
  'Controller',
] as const;

/** Whom a rule is about: all if there is none. */
export type Audience = readonly { kind: Subject['kind'] | 'Custom'; name: string }[];

/** Whether a sender is among those a rule is about; `owners` are those of the tenant it belongs to. */
export function isInAudience(
  sender: Requester,
  audience: Audience | undefined,
  directory: IdentityDirectory,
  owners: readonly EffectiveOwner[],
): boolean {
  if (!audience || audience.length === 0) return true;
  return audience.some(({ kind, name }) => {
    if (kind !== 'Custom') return isOneOf(sender, [{ kind, name }]);
    switch (name) {
      case 'CapsuleUser':
        return identityClass(sender, directory) === 'capsule';
      case 'Administrator':
        return identityClass(sender, directory) === 'administrator';
      case 'TenantOwner':
        return isTenantOwner(sender, owners);
      case 'Controller':
        return isController(sender, directory);
      default:
        return false;
    }
  });
}
