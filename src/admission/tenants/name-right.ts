import { isTenantName } from '../../access/tenants/check-names.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';

/** A new Tenant's name can be a label's value and begin the name of a namespace. */
export const nameRight: AdmissionRule<unknown> = {
  name: 'tenant-name-right',
  check({ operation, object }) {
    if (operation !== 'CREATE' || !object || isTenantName(object.metadata.name)) return undefined;
    return deny(
      'InvalidTenantName',
      'the name of a Tenant has at most 63 lower case letters, digits and dashes, and begins and ends with none of the latter',
    );
  },
};
