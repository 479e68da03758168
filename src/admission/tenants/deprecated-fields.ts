import { isRecord } from '../../base/json.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { warn } from '../verdict.ts';

const instead = {
  limitRanges: 'replicate LimitRanges with a GlobalTenantResource',
  networkPolicies: 'replicate NetworkPolicies with a GlobalTenantResource',
  resourceQuotas: 'use spec.rules[].quota or a ResourcePool',
  containerRegistries: 'use spec.rules[].enforce.workloads.registries',
} as const;

/** Warns of fields that are still acted on, and will not be for ever. */
export const deprecatedFields: AdmissionRule<unknown> = {
  name: 'tenant-deprecated-fields',
  check({ object }) {
    const spec = object?.['spec'];
    if (!isRecord(spec)) return undefined;
    const messages = Object.entries(instead)
      .filter(([field]) => spec[field] !== undefined)
      .map(([field, remedy]) => `spec.${field} is deprecated: ${remedy}`);
    return messages.length > 0 ? warn(...messages) : undefined;
  },
};
