import { managedTenantLabel, tenantObjectLabel } from '../../api/capsule/labels.ts';
import { pointerToken } from '../../kube/json-pointer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celLabel, celText } from '../policy/cel.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants, namespaceParams, tenantOfNamespace } from '../tenancy/tenant-namespaces.ts';

/** Labels of every object in a namespace of a tenant; lists over all its namespaces select on them. */
const labels = [tenantObjectLabel, managedTenantLabel];

/** Object in a namespace of a tenant, labelled so, whatever its writer wrote. */
export function labelObject(object: KubeObject, tenant: string): KubeObject {
  const forTenant = Object.fromEntries(labels.map((label) => [label, tenant]));
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...forTenant } },
  };
}

const put = (label: string) =>
  `(${celLabel('object', label)} == ${tenantOfNamespace} ? [] : [JSONPatch{op: 'add', ` +
  `path: '/metadata/labels/${pointerToken(label)}', value: ${tenantOfNamespace}}])`;

/** Both of an object without labels at once: each operation costs the API server what a short one does. */
const putAll =
  `has(object.metadata.labels) ? ${labels.map(put).join(' + ')} : ` +
  `[JSONPatch{op: 'add', path: '/metadata/labels', ` +
  `value: {${labels.map((label) => `${celText(label)}: ${tenantOfNamespace}`).join(', ')}}}]`;

/** One is missing, or is written. */
const isWrittenCel = labels
  .map((label) => [celLabel('object', label), celLabel('oldObject', label)])
  .map(([now, before]) => `(${now}) == '' || (${now}) != (${before})`)
  .join(' || ');

const isOfOtherCel = labels
  .map((label) => `(${celLabel('object', label)}) != (${celLabel('params', managedTenantLabel)})`)
  .join(' || ');

/**
 * Labels whatever is written in a namespace of a tenant with the tenant, the children that the
 * controllers of the cluster make and Events included: whoever lists over all its namespaces looks for
 * these first. Leases are renewed too often to be worth it, and reviews and bindings are not stored.
 *
 * A creation always is, and meets no condition: for each, the API server makes a map of the whole object, and
 * again after the change. A patch with nothing in it costs as much as one that changes something, so an update that leaves the
 * labels as they are meets none: what is stored is right, but for objects of a namespace that went from
 * one tenant to another. Those are told by the RuleStatus of the namespace, which is labelled as they are to be.
 */
export function metadataPolicies(): Policy[] {
  const shared = { variables: [], namespaceSelector: inTenants, patches: [putAll] };
  return [
    ...mutatingPolicy({
      ...shared,
      name: 'objects.metadata.tenantry.dev',
      resources: [everything('CREATE')],
      except: unstored,
      matchConditions: [],
    }),
    ...mutatingPolicy({
      ...shared,
      name: 'objects.written.tenantry.dev',
      resources: [everything('UPDATE')],
      except: unstored,
      matchConditions: [{ name: 'labels-written', expression: isWrittenCel }],
    }),
    ...mutatingPolicy({
      ...shared,
      name: 'objects.moved.tenantry.dev',
      resources: [everything('UPDATE')],
      except: unstored,
      matchConditions: [{ name: 'of-another-tenant', expression: isOfOtherCel }],
      params: { ...namespaceParams, ifMissing: 'Allow' },
    }),
  ];
}

/** What the rule about labels that are set by the status looks at. */
export interface StatusFacts {
  before: Readonly<Record<string, string>>;
  after: Readonly<Record<string, string>>;
}

const keepsLabels: Rule<StatusFacts> = {
  name: 'object-keeps-tenant-by-status',
  cel: labels
    .map((key) => `${celLabel('object', key)} == ${celLabel('oldObject', key)}`)
    .join(' && '),
  holds: ({ before, after }) => labels.every((key) => (before[key] ?? '') === (after[key] ?? '')),
  message: `the labels ${labels.join(' and ')} say whose an object is: its status does not change them`,
};

/**
 * Those labels are put on by writes of the object. By the status of many kinds, labels are stored as well:
 * there, they stay what they are. A policy of its own, so that a status costs two comparisons.
 */
export function statusMetadataPolicies(): Policy[] {
  return validatingPolicy<StatusFacts>({
    name: 'objects.status.tenantry.dev',
    isAlone: true,
    resources: [
      {
        apiGroups: ['*'],
        apiVersions: ['*'],
        operations: ['UPDATE'],
        resources: ['*/status'],
        scope: 'Namespaced',
      },
    ],
    matchConditions: [
      {
        name: 'labels-changed',
        expression: `object.metadata.?labels != oldObject.metadata.?labels`,
      },
    ],
    variables: [],
    namespaceSelector: inTenants,
    rules: [keepsLabels],
  });
}

function everything(...operations: ResourceRule['operations']): ResourceRule {
  return {
    apiGroups: ['*'],
    apiVersions: ['*'],
    operations,
    resources: ['*'],
    scope: 'Namespaced',
  };
}

/** Not stored at all, or not worth it. */
const unstored = [
  { apiGroups: [''], resources: ['bindings'] },
  { apiGroups: ['authorization.k8s.io', 'coordination.k8s.io'], resources: ['*'] },
].map((rule) => ({
  ...rule,
  apiVersions: ['*'],
  operations: ['CREATE' as const, 'UPDATE' as const],
}));
