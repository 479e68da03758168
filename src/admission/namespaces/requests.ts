import type { MatchCondition, ResourceRule } from '../../access/policy/policy.ts';
import { withTenantCel } from '../../access/namespaces/policies.ts';
import { isCapsuleUserCel, type IdentityCelOptions } from '../../access/tenancy/identity-cel.ts';

/** Writes of Namespaces; finalizing only matters where a tenant could be left. */
export function namespaceResource(...operations: ResourceRule['operations']): ResourceRule[] {
  const resources = ['namespaces', 'namespaces/status', 'namespaces/finalize'];
  return [{ apiGroups: [''], apiVersions: ['v1'], operations, resources, scope: 'Cluster' }];
}

/** A tenant plays a part, or the sender is one that tenancy is enforced for. */
export const concernsTenancy = (identities: IdentityCelOptions): MatchCondition[] => [
  {
    name: 'of-tenants-or-their-users',
    expression:
      `(object != null && (${withTenantCel('object')})) || ` +
      `(oldObject != null && (${withTenantCel('oldObject')})) || ` +
      `(${isCapsuleUserCel(identities)})`,
  },
];
