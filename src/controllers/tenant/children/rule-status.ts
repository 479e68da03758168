import { capsuleNameLabel } from '../../../api/capsule/labels.ts';
import type { NamespacePolicies } from '../../../api/capsule/namespace-policies.ts';
import { RuleStatus, ruleStatusName } from '../../../api/capsule/rule-status.ts';
import type { NamespaceRule, TenantRule } from '../../../api/capsule/rules/rule.ts';
import { apiVersionOf, type KubeObject } from '../../../kube/object.ts';
import { childOf, type TenantIdentity } from './child.ts';

/** The parts of a tenant's rules that admission reads, of the rules that have any. */
export function namespaceRules(rules: readonly TenantRule[]): NamespaceRule[] {
  return rules
    .map(({ audience, enforce, quota }) => ({
      ...(audience && { audience }),
      ...(enforce && { enforce }),
      ...(quota && { quota }),
    }))
    .filter((rule) => rule.enforce !== undefined || rule.quota !== undefined);
}

/** The rules that hold in a namespace, where admission reads them. */
export function ruleStatus(
  tenant: TenantIdentity,
  namespace: string,
  { rules, policies }: { rules: readonly NamespaceRule[]; policies: NamespacePolicies },
): KubeObject {
  return childOf(tenant, {
    apiVersion: apiVersionOf(RuleStatus.type),
    kind: RuleStatus.kind,
    metadata: { name: ruleStatusName, namespace, labels: { [capsuleNameLabel]: ruleStatusName } },
    spec: rules,
    policies,
  });
}
