import { serviceAccountIdentity, type Identity } from '../kube/identity.ts';
import type { AccessPolicy } from './security-profile.ts';

/**
 * Whom an object's work is done as. Acting as the control plane is a choice that is spelt out:
 * there is no identity that means it, and none that is empty.
 */
export type ActsAs = { as: 'tenant'; identity: Identity } | { as: 'controller' };

/** What the API server's audit log says beside the impersonated user (`Impersonate-Extra-*`). */
export interface AuditTrail {
  /** Name of the Tenant that owns the namespace. */
  tenant?: string | undefined;
  /** `Kind/namespace/name` of the object on whose behalf the request is made. */
  object?: string | undefined;
  /** Revision being applied, `main@sha1:…`. */
  commit?: string | undefined;
}

/**
 * The extra keys an identity may carry. Impersonating with them takes the right to `impersonate`
 * the resources `userextras/<key>`, one by one.
 */
export const auditExtraKeys = {
  tenant: 'tenantry.dev/tenant',
  object: 'tenantry.dev/object',
  commit: 'tenantry.dev/commit',
} as const satisfies Record<keyof AuditTrail, string>;

/**
 * The identity of `spec.serviceAccountName`, always in the object's own namespace; of the default
 * account when the object names none. Throws IdentityError for a name that no ServiceAccount can
 * have.
 */
export function identityFor(request: {
  namespace: string;
  serviceAccountName?: string | undefined;
  policy: Pick<AccessPolicy, 'defaultServiceAccount'>;
  audit?: AuditTrail;
}): ActsAs {
  const { namespace, serviceAccountName, policy, audit = {} } = request;
  // An empty name is the Go way to write an absent one.
  const account = serviceAccountName || policy.defaultServiceAccount;
  if (account === undefined) return { as: 'controller' };
  return { as: 'tenant', identity: serviceAccountIdentity(namespace, account, extraOf(audit)) };
}

function extraOf(audit: AuditTrail): Identity['extra'] {
  const extra: Record<string, readonly string[]> = {};
  for (const key of ['tenant', 'object', 'commit'] as const) {
    const value = audit[key];
    if (value) extra[auditExtraKeys[key]] = [value];
  }
  return extra;
}
