import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { Verb } from '../../access/tenancy/vocabulary.ts';

/** What decides which verbs the owners of a tenant hold. */
export interface GrantFacts {
  spec: TenantSpec;
  /** How many namespaces the tenant has. */
  size: number;
  deleting: boolean;
  /** `forceTenantPrefix` of the configuration; the tenant's own wins. */
  forcePrefix: boolean;
}

/**
 * The verbs that the owners of a tenant hold on it. The API server decides by them whether a
 * namespace may be created, also with every process of ours stopped; so what is withdrawn here is
 * enforced there.
 */
export function ownerVerbs({ spec, size, deleting, forcePrefix }: GrantFacts): Verb[] {
  const { quota = Infinity } = spec.namespaceOptions ?? {};
  const takesMore = !deleting && !spec.cordoned && size < quota;
  return [
    Verb.Own,
    ...(takesMore ? [Verb.Extend] : []),
    ...((spec.forceTenantPrefix ?? forcePrefix) ? [] : [Verb.NameFreely]),
    ...(hasMetadataPolicy(spec) ? [] : [Verb.LabelFreely]),
  ];
}

function hasMetadataPolicy({ namespaceOptions, rules = [] }: TenantSpec): boolean {
  const { forbiddenLabels, forbiddenAnnotations, requiredMetadata, managedMetadataOnly } =
    namespaceOptions ?? {};
  const ofNamespaces = rules.some(({ enforce }) =>
    (enforce?.metadata ?? []).some(({ kinds }) => kinds.includes('Namespace')),
  );
  return Boolean(
    forbiddenLabels ||
    forbiddenAnnotations ||
    requiredMetadata ||
    managedMetadataOnly ||
    ofNamespaces,
  );
}
