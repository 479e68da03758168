import { celTexts } from '../policy/cel.ts';
import { everyLabel, protectedLabelMessage } from '../protected-labels.ts';
import type { Rule } from '../policy/rule.ts';
import { mayOnTenant } from '../tenancy/identity-cel.ts';
import { tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts, NamespaceSettings } from './facts.ts';

/** Metadata that says nothing, or what the rules speak of themselves. */
const freeKeys = [
  tenantLabel,
  'kubernetes.io/metadata.name',
  'name',
  'kubectl.kubernetes.io/last-applied-configuration',
];
const freeList = celTexts(freeKeys);

type Strings = Readonly<Record<string, string>>;

/** Whether two sets of labels or annotations differ in nothing but what is free. */
const isSame = (before: Strings, after: Strings) =>
  [...Object.keys(before), ...Object.keys(after)].every(
    (key) => freeKeys.includes(key) || before[key] === after[key],
  );

/** In CEL: the keys of `one` have the same value in `other`. */
const within = (one: string, other: string) =>
  `${one}.all(k, k in ${freeList} || (k in ${other} && ${other}[k] == ${one}[k]))`;
const sameCel = (field: string) => {
  const [before, after] = [`oldObject.metadata.?${field}`, `object.metadata.?${field}`].map(
    (each) => `${each}.orValue({})`,
  );
  return `${within(before ?? '', after ?? '')} && ${within(after ?? '', before ?? '')}`;
};

/** In CEL: labels are what they were; of a new namespace, there are none but free ones. */
const labelsKeptCel =
  `(request.operation == 'CREATE' ? object.metadata.labels.all(k, k in ${freeList}) : ` +
  `(${sameCel('labels')}))`;

/**
 * What the tenant says about metadata is not known here. A webhook that has looked at a new
 * namespace puts the reference to the Tenant on it, which users' own are taken off before, and so
 * does the controller; without that, metadata is free only where the tenant has no policy about it,
 * and may be missing only where it requires none.
 */
const metadataLookedAt = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-metadata-looked-at',
  cel:
    `variables.tenant == '' || size(variables.references) > 0 || variables.isAdministrator || ` +
    `${mayOnTenant(Verb.LabelFreely, 'variables.tenant')} || (${labelsKeptCel} && ` +
    `(request.operation == 'CREATE' ? ${mayOnTenant(Verb.LabelNothing, 'variables.tenant')} && ` +
    `object.metadata.?annotations.orValue({}).all(k, k in ${freeList}) : (${sameCel('annotations')})))`,
  holds: ({ before, after, may }) => {
    const { label, owners, labels, annotations } = after;
    if (label === '' || owners.length > 0) return true;
    if (may(Verb.Administer, configuration) || may(Verb.LabelFreely, label)) return true;
    if (!before && !may(Verb.LabelNothing, label)) return false;
    return isSame(before?.labels ?? {}, labels) && isSame(before?.annotations ?? {}, annotations);
  },
  message:
    'the tenant has rules about labels and annotations, which cannot be checked now: leave them out if it requires none, or try again later',
  remedy: 'run the webhooks of the tenancy component (--webhook-port)',
});

/**
 * Grants of sources select namespaces by their labels, and so does Kubernetes where it gives away what is the
 * cluster's: who could set such a label could let a namespace in. What a Tenant puts on its namespaces comes from who manages Tenants; on a
 * new one it comes with the reference.
 */
const keepsGrants = (settings: NamespaceSettings): Rule<NamespaceFacts> => {
  const { protectedLabels = [], configuration } = settings;
  // No value of a label: what is not there differs from what is empty.
  const valueOf = (object: string) => `${object}.?metadata.?labels[?k].orValue('/')`;
  const keptCel = `${valueOf('object')} == (oldObject == null ? '/' : ${valueOf('oldObject')})`;
  const isEvery = protectedLabels.includes(everyLabel);
  return {
    name: 'namespace-keeps-grants',
    cel:
      protectedLabels.length === 0
        ? 'true'
        : `variables.tenant == '' || variables.isAdministrator || ` +
          `(request.operation == 'CREATE' && size(variables.references) > 0) || ` +
          (isEvery ? labelsKeptCel : `${celTexts(protectedLabels)}.all(k, ${keptCel})`),
    holds: ({ operation, before, after, may }) => {
      if (after.label === '' || may(Verb.Administer, configuration)) return true;
      if (operation === 'CREATE' && after.owners.length > 0) return true;
      if (isEvery) return isSame(before?.labels ?? {}, after.labels);
      return protectedLabels.every((key) => before?.labels[key] === after.labels[key]);
    },
    message: protectedLabelMessage,
    remedy: "put the label on the Tenant's spec.namespaceOptions.additionalMetadata",
  };
};

/** Rules about the labels and annotations of tenants' namespaces. */
export const metadataRules = [metadataLookedAt, keepsGrants];
