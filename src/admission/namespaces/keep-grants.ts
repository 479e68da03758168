import { managedMetadata } from '../../access/namespaces/managed-metadata.ts';
import { isProtected, protectedLabelMessage } from '../../access/protected-labels.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/**
 * The first ring trusts a namespace that refers to its Tenant to have been looked at: here it is.
 * Labels that a source, or what is the cluster's, is shared by come from the Tenant, or from who administers tenants.
 */
export const keepGrants: AdmissionRule<NamespaceContext> = {
  name: 'namespace-keep-grants',
  check({ operation, object }, { admission, tenantOf, isAdministrator }) {
    const tenant = tenantOf(object);
    if (operation !== 'CREATE' || !object || !tenant || isAdministrator) return undefined;
    const { name, labels = {} } = object.metadata;
    const managed = managedMetadata(tenant, { name, labels }).labels;
    const protectedLabels = admission.protectedLabels();
    const isTaken = Object.keys(labels).some(
      (key) => isProtected(protectedLabels, key) && managed[key] !== labels[key],
    );
    if (!isTaken) return undefined;
    return deny('ForbiddenLabel', protectedLabelMessage);
  },
};
