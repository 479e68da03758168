declare const impersonated: unique symbol;

/**
 * Whom a request is made as. Only the functions of this module make one, and none can make an empty
 * one, so code that is handed an Identity can never act as the control plane by omission
 * (CVE-2026-23990 in a comparable system). Privileged ones have to be proven.
 */
export interface Identity {
  readonly [impersonated]: true;
  /** `Impersonate-User`. Never empty. */
  readonly user: string;
  /** `Impersonate-Group`, in order. */
  readonly groups: readonly string[];
  /** `Impersonate-Uid`; none if absent. */
  readonly uid?: string;
  /** `Impersonate-Extra-*`: carried into the API server's audit log. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export class IdentityError extends Error {
  override name = 'IdentityError';
}

/** Groups and users whose impersonation would leave every tenant boundary. */
const forbiddenGroups = new Set(['system:masters', 'system:nodes', 'system:monitoring']);
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain =
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * The identity of a ServiceAccount. It names no groups: the API server adds those of a
 * ServiceAccount by itself when none is sent, and asks for the right to impersonate any that is.
 * The control plane holds no right on groups, because that would be one on system:masters.
 */
export function serviceAccountIdentity(
  namespace: string,
  name: string,
  extra: Identity['extra'] = {},
): Identity {
  if (!dnsLabel.test(namespace))
    throw new IdentityError(`invalid namespace in identity: '${namespace}'`);
  if (!dnsSubdomain.test(name))
    throw new IdentityError(`invalid ServiceAccount name in identity: '${name}'`);
  return make(`system:serviceaccount:${namespace}:${name}`, [], extra);
}

/** The identity of a user who is not a system component. */
export function userIdentity(
  user: string,
  groups: readonly string[] = [],
  extra: Identity['extra'] = {},
): Identity {
  if (user.trim() === '') throw new IdentityError('an identity needs a user name');
  if (user.startsWith('system:'))
    throw new IdentityError(`'${user}' may not be impersonated as a user`);
  const forbidden = groups.find((group) => forbiddenGroups.has(group) || group.trim() === '');
  if (forbidden !== undefined)
    throw new IdentityError(`group '${forbidden}' may not be impersonated`);
  return make(user, groups, extra);
}

/** Somebody whose credential was verified, with all that the API server knows them by. */
export interface AuthenticatedUser {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Identity['extra'];
}

/**
 * The identity of whoever has just proven it: it may be anybody, a system component too, because
 * nothing is gained that the credential would not give at the API server itself. Never for names that
 * a user merely wrote somewhere.
 */
export function authenticatedIdentity(proven: AuthenticatedUser): Identity {
  const { user, groups, uid, extra = {} } = proven;
  if (user.trim() === '') throw new IdentityError('an identity needs a user name');
  if (groups.some((group) => group.trim() === '')) {
    throw new IdentityError('a group needs a name');
  }
  return make(user, groups, extra, uid);
}

/** Identities made here; a look-alike built by a cast is none. */
const made = new WeakSet<Identity>();

/** True only for what this module made: the run-time half of the brand. */
export function isIdentity(value: unknown): value is Identity {
  return typeof value === 'object' && value !== null && made.has(value as Identity);
}

function make(
  user: string,
  groups: readonly string[],
  extra: Identity['extra'],
  uid?: string,
): Identity {
  const frozenExtra = Object.entries(extra).map(([key, values]) => [
    key,
    Object.freeze([...values]),
  ]);
  // The brand exists for the compiler alone.
  const identity = Object.freeze({
    user,
    groups: Object.freeze([...groups]),
    ...(uid !== undefined && { uid }),
    extra: Object.freeze(Object.fromEntries(frozenExtra)),
  }) as unknown as Identity;
  made.add(identity);
  return identity;
}
