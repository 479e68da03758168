import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** A tenant that goes, or is cordoned, takes no new namespace. */
export const tenantOpen: AdmissionRule<NamespaceContext> = {
  name: 'namespace-tenant-open',
  check({ operation, object }, { tenantOf, isCapsuleUser }) {
    const tenant = operation === 'CREATE' ? tenantOf(object) : undefined;
    if (!tenant) return undefined;
    if (tenant.metadata.deletionTimestamp !== undefined) {
      return deny('TenantTerminating', 'the tenant is being deleted', 500);
    }
    if (!tenant.spec.cordoned || !isCapsuleUser) return undefined;
    return deny(
      'Cordoned',
      'the tenant is cordoned: it takes no further namespace until that is over',
    );
  },
};
