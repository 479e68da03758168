import { Tenant } from '../../api/capsule/tenant.ts';
import { metadataNameLabel } from '../../api/capsule/labels.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import { tenantRules, type TenantFacts } from './rules.ts';

const { group, plural } = Tenant.type;
const requests = (...operations: ResourceRule['operations']): ResourceRule[] => [
  { apiGroups: [group], apiVersions: ['*'], operations, resources: [plural] },
];

const key = `jsonpatch.escapeKey('${metadataNameLabel}')`;

/** What the API server itself holds of Tenants. */
export function tenantPolicies(): Policy[] {
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
        `[JSONPatch{op: 'add', path: '/metadata/labels/' + ${key}, value: object.metadata.name}]`,
      ],
      addsTo: ['labels'],
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
