import type { ForbiddenKeys } from '../../api/capsule/metadata.ts';
import type { NamespaceMetadataPolicy } from '../../api/capsule/namespace-policies.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import type { ManagedMetadata } from './managed-metadata.ts';

type Strings = Readonly<Record<string, string>>;

/** What a Tenant says about the metadata of one of its namespaces; undefined when it says nothing. */
export function namespaceMetadataPolicy(
  { spec }: Pick<Tenant, 'spec'>,
  managed: ManagedMetadata,
): NamespaceMetadataPolicy | undefined {
  const { forbiddenLabels, forbiddenAnnotations, requiredMetadata, managedMetadataOnly } =
    spec.namespaceOptions ?? {};
  if (!forbiddenLabels && !forbiddenAnnotations && !requiredMetadata && !managedMetadataOnly) {
    return undefined;
  }
  const { labels, annotations } = requiredMetadata ?? {};
  return {
    ...(forbiddenLabels && { forbiddenLabels: deniedKeys(forbiddenLabels) }),
    ...(forbiddenAnnotations && { forbiddenAnnotations: deniedKeys(forbiddenAnnotations) }),
    ...(labels && { requiredLabels: requiredKeys(labels) }),
    ...(annotations && { requiredAnnotations: requiredKeys(annotations) }),
    ...(managedMetadataOnly && { managedOnly: true }),
    managedLabels: Object.keys(managed.labels).sort(),
    managedAnnotations: Object.keys(managed.annotations).sort(),
  };
}

/** Keys that are denied, as admission reads them. */
export function deniedKeys({ denied = [], deniedRegex = '' }: ForbiddenKeys) {
  return { names: [...denied], ...(deniedRegex !== '' && { pattern: deniedRegex }) };
}

const requiredKeys = (patterns: Strings) =>
  Object.entries(patterns).map(([key, pattern]) => ({ key, pattern }));
