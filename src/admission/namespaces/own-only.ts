import { readNamespace } from '../../access/namespaces/facts.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/**
 * Users of Capsule change the namespaces of tenants they own, and no others. The first ring holds
 * it too; here also for ServiceAccounts of a namespace that became a tenant's a moment ago.
 */
export const ownOnly: AdmissionRule<NamespaceContext> = {
  name: 'namespace-own-only',
  check({ operation, object, oldObject }, { isCapsuleUser, owns }) {
    if (operation === 'DELETE' || !object || !isCapsuleUser) return undefined;
    const { label, isGoing } = readNamespace(oldObject ?? object);
    if (isGoing || (label !== '' && owns(label))) return undefined;
    const message =
      label === ''
        ? 'the namespace belongs to no tenant of yours'
        : 'only the owners of a tenant may change its namespaces';
    return deny('NamespacePatch', message);
  },
};
