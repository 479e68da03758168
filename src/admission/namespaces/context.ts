import type { Tenant } from '../../api/capsule/tenant.ts';
import { readNamespace } from '../../access/namespaces/facts.ts';
import {
  identityClass,
  isCapsuleUser,
  isTenantOwner,
} from '../../access/tenancy/identity-class.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';

/** What the rules about namespaces share of one request. */
export interface NamespaceContext {
  admission: AdmissionContext;
  /** By the configuration, or by a role that holds the verb. */
  isAdministrator: boolean;
  /** Tenancy is enforced for the sender, and it does not administer tenants. */
  isCapsuleUser: boolean;
  owns(tenant: string): boolean;
  /** The tenant that the namespace is labelled with, if there is one of that name. */
  tenantOf(namespace: AdmissionRequest['object']): Tenant | undefined;
}

/** Looks the sender up, once a request. */
export async function namespaceContext(
  { userInfo }: AdmissionRequest,
  admission: AdmissionContext,
): Promise<NamespaceContext> {
  const identities = admission.identities();
  const isAdministrator =
    identityClass(userInfo, identities) === 'administrator' ||
    (await admission.mayAdminister(userInfo));
  return {
    admission,
    isAdministrator,
    isCapsuleUser: !isAdministrator && isCapsuleUser(userInfo, identities),
    owns: (tenant) => isTenantOwner(userInfo, admission.tenants.get(tenant)?.status?.owners ?? []),
    tenantOf: (namespace) => namespace && admission.tenants.get(readNamespace(namespace).label),
  };
}
