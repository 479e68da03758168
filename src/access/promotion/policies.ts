import type { KubeObject } from '../../kube/object.ts';
import { celText } from '../policy/cel.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { isAdministratorCel, mayOnTenant } from '../tenancy/identity-cel.ts';
import { inTenants, tenantOfNamespace } from '../tenancy/tenant-namespaces.ts';
import { ownerPromotionLabel, promotionLabel, Verb } from '../tenancy/vocabulary.ts';

/** What the rules about promotions look at; they are about one label at a time. */
export interface PromotionFacts {
  /** The label is put on, or gets another value; see {@link isPromotion}. */
  isPromotion: boolean;
  tenant: string;
  isAdministrator: boolean;
  /** Whether the caller holds a verb on a tenant. */
  may(verb: Verb, tenant: string): boolean;
}

interface Promotion {
  name: string;
  label: string;
  /** Held by owners while such promotions are allowed. */
  verb: Verb;
}

const promotions: readonly Promotion[] = [
  { name: 'owners', label: ownerPromotionLabel, verb: Verb.PromoteOwners },
  { name: 'accounts', label: promotionLabel, verb: Verb.Promote },
];

/** Whether a write of a ServiceAccount promotes it, by that label. */
export function isPromotion(
  label: string,
  { metadata: { labels = {} } }: KubeObject,
  oldObject?: KubeObject,
): boolean {
  return labels[label] !== undefined && labels[label] !== oldObject?.metadata.labels?.[label];
}

const isFree = (facts: PromotionFacts) => !facts.isPromotion || facts.isAdministrator;
const isFreeCel = `!variables.isPromotion || variables.isAdministrator`;

/** A ServiceAccount is promoted by owners of its tenant, while that is allowed. Demoting is free. */
function promotionRules({ label, verb }: Promotion): Rule<PromotionFacts>[] {
  return [
    {
      name: 'promotion-by-owners',
      cel: `${isFreeCel} || ${mayOnTenant(Verb.Own, 'variables.tenant')}`,
      holds: (facts) => isFree(facts) || facts.may(Verb.Own, facts.tenant),
      message: `only an owner of the tenant may promote a ServiceAccount by the label ${label}`,
      remedy: 'an owner of the tenant or an administrator puts the label on',
    },
    {
      name: 'promotion-allowed',
      cel: `${isFreeCel} || ${mayOnTenant(verb, 'variables.tenant')}`,
      holds: (facts) => isFree(facts) || facts.may(verb, facts.tenant),
      message: `promoting ServiceAccounts by the label ${label} is disabled for the tenant`,
      remedy:
        'set spec.allowServiceAccountPromotion of the CapsuleConfiguration and spec.permissions.allowOwnerPromotion of the Tenant to true',
    },
  ];
}

const labelIn = (object: string, label: string) => `${object}.metadata.?labels[?${celText(label)}]`;

/** The first ring around promotions. ServiceAccounts without the labels are not looked at at all. */
export function promotionPolicies(configuration: string): Policy[] {
  return promotions.flatMap((promotion) =>
    validatingPolicy<PromotionFacts>({
      name: `promotion.${promotion.name}.tenantry.dev`,
      resources: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['serviceaccounts'],
        },
      ],
      objectSelector: { matchExpressions: [{ key: promotion.label, operator: 'Exists' }] },
      namespaceSelector: inTenants,
      matchConditions: [],
      variables: [
        {
          name: 'isPromotion',
          expression:
            `${labelIn('object', promotion.label)}.hasValue() && (oldObject == null || ` +
            `${labelIn('object', promotion.label)} != ${labelIn('oldObject', promotion.label)})`,
        },
        { name: 'tenant', expression: tenantOfNamespace },
        { name: 'isAdministrator', expression: isAdministratorCel(configuration) },
      ],
      rules: promotionRules(promotion),
    }),
  );
}
