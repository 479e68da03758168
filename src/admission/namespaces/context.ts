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

/** Looks the sender and the tenants up, once a request. */
export async function namespaceContext(
  request: AdmissionRequest,
  admission: AdmissionContext,
): Promise<NamespaceContext> {
  const { userInfo } = request;
  const identities = admission.identities();
  const isAdministrator =
    identityClass(userInfo, identities) === 'administrator' ||
    (await admission.mayAdminister(userInfo));
  const isUser = !isAdministrator && isCapsuleUser(userInfo, identities);
  await admission.newTenants.learn(userInfo, tenantsNamedIn(request));
  const label = labelOf(request.object);
  const isMeantToOwn = label !== '' ? !isAdministrator : isUser;
  if (request.operation === 'CREATE' && isMeantToOwn) {
    await admission.newTenants.owned(userInfo, label);
  }
  return {
    admission,
    isAdministrator,
    isCapsuleUser: isUser,
    owns: (tenant) => isTenantOwner(userInfo, admission.tenants.get(tenant)?.status?.owners ?? []),
    tenantOf: (namespace) => namespace && admission.tenants.get(readNamespace(namespace).label),
  };
}

const labelOf = (namespace: AdmissionRequest['object']) =>
  namespace ? readNamespace(namespace).label : '';

function tenantsNamedIn({ object, oldObject }: AdmissionRequest): string[] {
  const owners = object ? readNamespace(object).owners : [];
  return [labelOf(object), labelOf(oldObject), ...owners];
}
