import { Tenant } from '../../api/capsule/tenant.ts';
import type { ResourceRule } from '../../access/policy/compile.ts';

/** Tenants of any version. */
export function tenantResource(...operations: ResourceRule['operations']): ResourceRule[] {
  const { group, plural } = Tenant.type;
  return [{ apiGroups: [group], apiVersions: ['*'], operations, resources: [plural] }];
}
