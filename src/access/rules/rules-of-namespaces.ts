import type { NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { NamespaceRule, TenantRule } from '../../api/capsule/rules/rule.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { selects } from '../../kube/label-selector.ts';
import { checksOf } from './normalise/checks-of.ts';
import { isOfNamespaces } from './normalise/target-expression.ts';

/**
 * What a Tenant's rules say of the metadata of one of its namespaces, before that has a RuleStatus;
 * without what else they say.
 */
export function rulesOfNamespace(
  { spec }: Pick<Tenant, 'spec'>,
  labels: Readonly<Record<string, string>>,
): TenantRule[] {
  return (spec.rules ?? [])
    .filter(({ namespaceSelector }) => selects(namespaceSelector ?? {}, labels))
    .flatMap(({ audience, enforce }) => {
      const metadata = (enforce?.metadata ?? []).filter(isOfNamespaces);
      if (!enforce || metadata.length === 0) return [];
      return [{ ...(audience && { audience }), enforce: { action: enforce.action, metadata } }];
    });
}

/** The checks of such rules; without any, there is nothing to look at. */
export function checksOfNamespace(
  rules: readonly NamespaceRule[],
): Pick<NamespaceChecks, 'metadata'> {
  const metadata = (checksOf(rules).metadata ?? []).filter(({ ofNamespaces }) => ofNamespaces);
  return metadata.length === 0 ? {} : { metadata };
}
