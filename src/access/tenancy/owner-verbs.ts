import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { isOfNamespaces } from '../rules/normalise/target-expression.ts';
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
    [Verb.LabelNothing, !requiresMetadata(spec)],
    [Verb.Promote, allowPromotion],
    [Verb.PromoteOwners, allowPromotion && allowOwners],
    [Verb.Uncordon, !spec.cordoned],
  ];
  return held.filter(([, isHeld]) => isHeld).map(([verb]) => verb);
}

function hasMetadataPolicy(spec: TenantSpec): boolean {
  const { forbiddenLabels, forbiddenAnnotations, requiredMetadata, managedMetadataOnly } =
    spec.namespaceOptions ?? {};
  return Boolean(
    forbiddenLabels ||
    forbiddenAnnotations ||
    requiredMetadata ||
    managedMetadataOnly ||
    rulesOfNamespaces(spec).length > 0,
  );
}

function requiresMetadata(spec: TenantSpec): boolean {
  const { labels = {}, annotations = {} } = spec.namespaceOptions?.requiredMetadata ?? {};
  const ofRules = rulesOfNamespaces(spec).flatMap((rule) =>
    [rule.labels, rule.annotations].flatMap((keys) => Object.values(keys ?? {})),
  );
  return (
    Object.keys({ ...labels, ...annotations }).length > 0 ||
    ofRules.some(({ required }) => required)
  );
}

/** What the tenant's rules say of the metadata of namespaces, with templates and without. */
const rulesOfNamespaces = ({ rules = [] }: TenantSpec) =>
  rules.flatMap(({ enforce }) => (enforce?.metadata ?? []).filter(isOfNamespaces));
