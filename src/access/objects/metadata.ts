import { managedTenantLabel, tenantObjectLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celLabel, celText } from '../policy/cel.ts';
import { mutatingPolicy, validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants, tenantOfNamespace } from '../tenancy/tenant-namespaces.ts';

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

/**
 * Labels whatever is written in a namespace of a tenant with the tenant, the children that the
 * controllers of the cluster make and Events included: whoever lists over all its namespaces looks for
 * these first. Leases are renewed too often to be worth it, and reviews and bindings are not stored.
 */
export function metadataPolicies(): Policy[] {
  const put = (label: string) =>
    `(${celLabel('object', label)} == ${tenantOfNamespace} ? [] : [JSONPatch{op: 'add', ` +
    `path: '/metadata/labels/' + jsonpatch.escapeKey(${celText(label)}), value: ${tenantOfNamespace}}])`;
  return mutatingPolicy({
    name: 'objects.metadata.tenantry.dev',
    resources: [
      {
        apiGroups: ['*'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['*'],
        scope: 'Namespaced',
      },
    ],
    except: unstored,
    matchConditions: [],
    variables: [],
    namespaceSelector: inTenants,
    patches: labels.map(put),
    addsTo: ['labels'],
  });
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

/** Not stored at all, or not worth it. */
const unstored = [
  { apiGroups: [''], resources: ['bindings'] },
  { apiGroups: ['authorization.k8s.io', 'coordination.k8s.io'], resources: ['*'] },
].map((rule) => ({
  ...rule,
  apiVersions: ['*'],
  operations: ['CREATE' as const, 'UPDATE' as const],
}));
