import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { Rule } from '../policy/rule.ts';

/** What the rules about Tenants look at. */
export interface TenantFacts {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Of a deletion: what is stored. */
  oldSpec?: Partial<TenantSpec>;
}

/** A Tenant that says so is not deleted, by nobody. */
const deletionPrevented: Rule<TenantFacts> = {
  name: 'tenant-deletion-prevented',
  cel: `request.operation != 'DELETE' || !(has(oldObject.spec.preventDeletion) && oldObject.spec.preventDeletion)`,
  holds: ({ operation, oldSpec }) => operation !== 'DELETE' || oldSpec?.preventDeletion !== true,
  message: 'the tenant is protected and cannot be deleted: set spec.preventDeletion to false first',
};

/** Every rule about Tenants. */
export const tenantRules: readonly Rule<TenantFacts>[] = [deletionPrevented];
