import { unsupportedWhen, type UnsupportedField } from '../unsupported.ts';
import type { Tenant } from './tenant.ts';

const remedy = 'remove it, and enforce the policy by other means until it is';

/** The fields of a Tenant that are not acted on yet: better no tenant than one that only seems safe. */
export function unsupportedTenantFields({ spec }: Tenant): UnsupportedField[] {
  const { rules = [] } = spec;
  return rules.flatMap((rule, index) =>
    unsupportedWhen(rule.quota !== undefined, `spec.rules[${index}].quota`, remedy),
  );
}
