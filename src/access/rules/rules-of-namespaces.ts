import type { NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { selects } from '../../kube/label-selector.ts';
import { checksOf } from './normalise/checks-of.ts';

/**
 * What a Tenant's rules say of the metadata of one of its namespaces, before that has a RuleStatus.
 * Rules with templates are left out: what they come to is known once the namespace is there.
 */
export function checksOfNamespace(
  { spec }: Pick<Tenant, 'spec'>,
  labels: Readonly<Record<string, string>>,
): Pick<NamespaceChecks, 'metadata'> {
  const rules = (spec.rules ?? [])
    .filter(({ namespaceSelector }) => selects(namespaceSelector ?? {}, labels))
    .filter((rule) => !JSON.stringify(rule).includes('{{'));
  const metadata = (checksOf(rules).metadata ?? []).filter(({ ofNamespaces }) => ofNamespaces);
  return metadata.length === 0 ? {} : { metadata };
}
