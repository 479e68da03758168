import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { celTexts } from '../policy/cel.ts';
import { validatingPolicy, type Policy, type ResourceRule } from '../policy/policy.ts';
import { claimRules, poolRules, type ClaimRequest, type PoolUpdate } from './pool-rules.ts';

const requests = (
  { type }: { type: { group: string; plural: string } },
  operations: ResourceRule['operations'],
): ResourceRule[] => [
  { apiGroups: [type.group], apiVersions: ['*'], operations, resources: [type.plural] },
];

/** They delete what belongs to a namespace that goes, and what belongs to nobody. */
const housekeepers = [
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
];

/** What holds of pools and claims on them with no process of ours running. */
export function poolPolicies(): Policy[] {
  return [
    ...validatingPolicy<ClaimRequest>({
      name: 'claims.resourcepools.tenantry.dev',
      resources: requests(ResourcePoolClaim, ['CREATE', 'UPDATE', 'DELETE']),
      matchConditions: [
        {
          name: 'not-housekeeping',
          expression: `!(request.userInfo.username in ${celTexts(housekeepers)})`,
        },
        {
          // Finalizers are taken off whatever it asks for.
          name: 'not-going',
          expression: `oldObject == null || !has(oldObject.metadata.deletionTimestamp)`,
        },
      ],
      variables: [],
      rules: claimRules,
    }),
    ...validatingPolicy<PoolUpdate>({
      name: 'resourcepools.tenantry.dev',
      resources: requests(ResourcePool, ['UPDATE']),
      matchConditions: [],
      variables: [],
      rules: poolRules,
    }),
  ];
}
