import { metadataNameLabel } from '../../api/capsule/labels.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { change } from '../verdict.ts';

/** Puts a Tenant's name into a label, as the API server does with Namespaces. */
export const nameLabel: AdmissionRule<unknown> = {
  name: 'tenant-name-label',
  check({ object }) {
    if (!object) return undefined;
    const { name, labels } = object.metadata;
    // A name that the API server makes up is not known yet; the next write labels it.
    if (!name || labels?.[metadataNameLabel] === name) return undefined;
    const metadata = { ...object.metadata, labels: { ...labels, [metadataNameLabel]: name } };
    return change({ ...object, metadata });
  },
};
