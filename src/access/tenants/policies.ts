import { Tenant } from '../../api/capsule/tenant.ts';
import { metadataNameLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { mutatingPolicy, validatingPolicy, type ResourceRule } from '../policy/compile.ts';
import { tenantRules, type TenantFacts } from './rules.ts';

const { group, plural } = Tenant.type;
const requests = (...operations: ResourceRule['operations']): ResourceRule[] => [
  { apiGroups: [group], apiVersions: ['*'], operations, resources: [plural] },
];

const key = `jsonpatch.escapeKey('${metadataNameLabel}')`;

/** What the API server itself holds of Tenants. */
export function tenantPolicies(): KubeObject[] {
  return [
    ...mutatingPolicy({
      name: 'tenants.tenantry.dev',
      resources: requests('CREATE', 'UPDATE'),
      matchConditions: [
        { name: 'named', expression: 'has(object.metadata.name)' },
        {
          name: 'not-labelled-so',
          expression:
            `!has(object.metadata.labels) || !('${metadataNameLabel}' in object.metadata.labels) || ` +
            `object.metadata.labels['${metadataNameLabel}'] != object.metadata.name`,
        },
      ],
      variables: [],
      patches: [
        `[has(object.metadata.labels) ? ` +
          `JSONPatch{op: 'add', path: '/metadata/labels/' + ${key}, value: object.metadata.name} : ` +
          `JSONPatch{op: 'add', path: '/metadata/labels', value: {'${metadataNameLabel}': object.metadata.name}}]`,
      ],
    }),
    ...validatingPolicy<TenantFacts>({
      name: 'tenants.tenantry.dev',
      resources: requests('DELETE'),
      matchConditions: [],
      variables: [],
      rules: tenantRules,
    }),
  ];
}
