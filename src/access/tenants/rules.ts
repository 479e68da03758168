import { protectedAnnotation } from '../../api/capsule/legacy-tenant.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { Rule } from '../policy/rule.ts';

/** What the rules about Tenants look at. */
export interface TenantFacts {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Of a deletion: what is stored. */
  oldSpec?: Partial<TenantSpec>;
  oldAnnotations?: Readonly<Record<string, string>>;
}

/** A Tenant that says so is not deleted, by nobody. */
const deletionPrevented: Rule<TenantFacts> = {
  name: 'tenant-deletion-prevented',
  cel:
    `request.operation != 'DELETE' || !((has(oldObject.spec.preventDeletion) && oldObject.spec.preventDeletion) || ` +
    `(has(oldObject.metadata.annotations) && '${protectedAnnotation}' in oldObject.metadata.annotations))`,
  holds: ({ operation, oldSpec, oldAnnotations = {} }) =>
    operation !== 'DELETE' ||
    (oldSpec?.preventDeletion !== true && !Object.hasOwn(oldAnnotations, protectedAnnotation)),
  message:
    `the tenant is protected and cannot be deleted: set spec.preventDeletion to false first` +
    ` (or take off the annotation ${protectedAnnotation})`,
};

/** Every rule about Tenants. */
export const tenantRules: readonly Rule<TenantFacts>[] = [deletionPrevented];
