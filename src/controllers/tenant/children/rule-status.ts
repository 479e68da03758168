import { capsuleNameLabel } from '../../../api/capsule/labels.ts';
import type { NamespacePolicies } from '../../../api/capsule/namespace-policies.ts';
import { RuleStatus, ruleStatusName } from '../../../api/capsule/rule-status.ts';
import type { NamespaceRule } from '../../../api/capsule/rules/rule.ts';
import { checksOf } from '../../../access/rules/normalise/checks-of.ts';
import { apiVersionOf, type KubeObject } from '../../../kube/object.ts';
import { childOf, type TenantIdentity } from './child.ts';

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
    checks: checksOf(rules),
    policies,
  });
}
