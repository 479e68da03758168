import { chooseTenant } from '../../access/namespaces/choose-tenant.ts';
import { readNamespace } from '../../access/namespaces/facts.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import type { AdmissionRequest } from '../request.ts';
import { change, deny, type Verdict } from '../verdict.ts';
import { assignedTo } from './assigned-to.ts';
import type { NamespaceContext } from './context.ts';

const refusals = {
  'owns-none': 'you own no tenant: namespaces are created by the owners of one',
  'name-matches-none':
    'the name of the namespace must begin with the name of one of your tenants and a dash',
  ambiguous: `you own several tenants: choose one with the label ${tenantLabel}, or begin the name of the namespace with the name of one and a dash`,
} as const;

/** Puts a new namespace into the tenant it names, or into the one that its creator can only mean. */
export const assignTenant: AdmissionRule<NamespaceContext> = {
  name: 'namespace-assign-tenant',
  async check({ operation, object, userInfo }, context) {
    if (operation !== 'CREATE' || !object) return undefined;
    const { label } = readNamespace(object);
    const { isCapsuleUser, isAdministrator, admission } = context;
    if (label === '' && !isCapsuleUser) {
      // References by themselves were taken off, or are refused by the first ring.
      return undefined;
    }
    const verdict =
      label === '' ? toOwned(object, userInfo, context) : toNamed(object, label, context);
    if (verdict?.verdict === 'change' && !isAdministrator) {
      // The first ring judges next.
      await admission.newTenants.granted(userInfo, readNamespace(verdict.object).label);
    }
    return verdict;
  },
};

function toNamed(namespace: KubeObject, name: string, context: NamespaceContext): Verdict {
  const { admission, isAdministrator, isCapsuleUser, owns } = context;
  const tenant = admission.tenants.get(name);
  if (isAdministrator) {
    if (tenant) return assigned(namespace, tenant);
    return deny('TenantNotFound', `there is no tenant '${name}'`, 400);
  }
  if (tenant && owns(name)) return assigned(namespace, tenant);
  // The same words whether or not there is such a tenant.
  const message = `only an owner of the tenant in the label ${tenantLabel} may create a namespace in it`;
  return deny('NamespaceNotOwned', message, isCapsuleUser ? 400 : 403);
}

function toOwned(
  namespace: KubeObject,
  sender: AdmissionRequest['userInfo'],
  { admission }: NamespaceContext,
): Verdict {
  const { name, generateName = '' } = namespace.metadata as { generateName?: string; name: string };
  const owned = admission.tenants.ownedBy(sender).map(({ metadata }) => metadata.name);
  const { forceTenantPrefix } = admission.configuration().spec;
  const choice = chooseTenant(name || generateName, owned, forceTenantPrefix);
  if ('refused' in choice) return deny('NoTenant', refusals[choice.refused]);
  const tenant = admission.tenants.get(choice.tenant);
  return tenant && assigned(namespace, tenant);
}

const assigned = (namespace: KubeObject, tenant: Tenant) =>
  change(assignedTo(namespace, tenant), {
    reason: 'TenantAssigned',
    message: `the namespace is put into the tenant '${tenant.metadata.name}'`,
  });
