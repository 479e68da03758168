import { unsupportedWhen, type UnsupportedField } from '../unsupported.ts';
import type { Tenant } from './tenant.ts';

/** Policies of a Tenant that nothing enforces yet: better no tenant than one that only seems safe. */
const namespacePolicies = ['forbiddenAnnotations', 'forbiddenLabels', 'requiredMetadata'] as const;

const remedy = 'remove it, and enforce the policy by other means until it is';

/** The fields of a Tenant that are not acted on yet. */
export function unsupportedTenantFields({ spec }: Tenant): UnsupportedField[] {
  const { namespaceOptions = {}, rules = [] } = spec;
  return [
    ...namespacePolicies.flatMap((field) =>
      unsupportedWhen(field in namespaceOptions, `spec.namespaceOptions.${field}`, remedy),
    ),
    ...unsupportedWhen(
      'managedMetadataOnly' in namespaceOptions && namespaceOptions.managedMetadataOnly === true,
      'spec.namespaceOptions.managedMetadataOnly',
      remedy,
    ),
    ...rules.flatMap((rule, index) => [
      ...unsupportedWhen(rule.quota !== undefined, `spec.rules[${index}].quota`, remedy),
    ]),
  ];
}
