import { readNamespace } from '../../access/namespaces/facts.ts';
import { managedMetadata } from '../../access/namespaces/managed-metadata.ts';
import { metadataRefusal } from '../../access/namespaces/metadata-policies.ts';
import { namespaceMetadataPolicy } from '../../access/namespaces/metadata-policy.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

const nothing = { labels: {}, annotations: {} };

/** Holds owners to what the tenant says about labels and annotations of its namespaces. */
export const metadataAllowed: AdmissionRule<NamespaceContext> = {
  name: 'namespace-metadata-allowed',
  check({ object, oldObject }, { tenantOf, isAdministrator, isCapsuleUser, owns }) {
    const tenant = tenantOf(object);
    if (!object || !tenant || isAdministrator) return undefined;
    const now = readNamespace(object);
    if (now.isGoing || !(isCapsuleUser || owns(now.label))) return undefined;
    const policy = namespaceMetadataPolicy(tenant, managedMetadata(tenant, now));
    if (!policy) return undefined;
    const { labels, annotations } = oldObject ? readNamespace(oldObject) : nothing;
    const refusal = metadataRefusal({ policy, ...now, old: { labels, annotations } });
    return refusal && deny('ForbiddenMetadata', refusal.message);
  },
};
