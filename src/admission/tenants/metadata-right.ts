import { metadataProblems } from '../../access/tenants/check-metadata.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';

/** What a Tenant puts on objects can be put on them. */
export const metadataRight: AdmissionRule<unknown> = {
  name: 'tenant-metadata-right',
  check({ object }) {
    const [problem] = object ? metadataProblems(object['spec']) : [];
    return problem === undefined ? undefined : deny('InvalidMetadata', problem);
  },
};
