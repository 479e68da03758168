import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { Verb } from './vocabulary.ts';

/** What decides which verbs the owners of a tenant hold. */
export interface GrantFacts {
  spec: TenantSpec;
  /** How many namespaces the tenant has. */
  size: number;
  deleting: boolean;
  /** `forceTenantPrefix` of the configuration; the tenant's own wins. */
  forcePrefix: boolean;
  /** `allowServiceAccountPromotion` of the configuration. */
  allowPromotion: boolean;
}

/**
 * The verbs that the owners of a tenant hold on it. The API server decides by them whether a
 * namespace may be created, also with every process of ours stopped; so what is withdrawn here is
 * enforced there.
 */
export function ownerVerbs(facts: GrantFacts): Verb[] {
  const { spec, size, deleting, forcePrefix, allowPromotion } = facts;
  const { quota = Infinity } = spec.namespaceOptions ?? {};
  const allowOwners = spec.permissions?.allowOwnerPromotion ?? true;
  const held: [Verb, boolean][] = [
    [Verb.Own, true],
    [Verb.Extend, !deleting && !spec.cordoned && size < quota],
    [Verb.ExtendFreely, quota === Infinity],
    [Verb.NameFreely, !(spec.forceTenantPrefix ?? forcePrefix)],
    [Verb.LabelFreely, !hasMetadataPolicy(spec)],
    [Verb.Promote, allowPromotion],
    [Verb.PromoteOwners, allowPromotion && allowOwners],
    [Verb.Uncordon, !spec.cordoned],
  ];
  return held.filter(([, isHeld]) => isHeld).map(([verb]) => verb);
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
