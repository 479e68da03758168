import { RuleStatus } from '../../../api/capsule/rule-status.ts';
import type { NamespaceRule, TenantRule } from '../../../api/capsule/rules/rule.ts';
import { Reason } from '../../../api/reasons.ts';
import { ruleProblems } from '../../../access/rules/validate/rule-problems.ts';
import { retryable } from '../../../base/errors.ts';
import { apiVersionOf, type KubeObject } from '../../../kube/object.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import { hasTemplates } from '../../../access/rules/has-templates.ts';
import { fillTemplates, type Filling } from './fill-templates.ts';

/** The rules that hold in a namespace: those that select it, without what admission does not read. */
export async function rulesIn(
  namespace: KubeObject,
  selected: readonly TenantRule[],
  { tenant, templates, signal }: Pick<Filling, 'templates' | 'signal'> & { tenant: Tenant },
): Promise<NamespaceRule[]> {
  const rules = selected
    .map(({ audience, enforce, quota }) => ({
      ...(audience && { audience }),
      ...(enforce && { enforce }),
      ...(quota && { quota }),
    }))
    .filter((rule) => rule.enforce !== undefined || rule.quota !== undefined);
  if (!hasTemplates(rules)) return rules;
  const filled = await fillTemplates(rules, {
    templates,
    values: { tenant, namespace },
    tenant: tenant.metadata.name,
    signal,
  });
  return checked(filled, namespace);
}

/** What templates gave may be no rule at all, or one that cannot be enforced. */
function checked(spec: NamespaceRule[], { metadata }: KubeObject): NamespaceRule[] {
  const { spec: rules } = RuleStatus.decode({
    apiVersion: apiVersionOf(RuleStatus.type),
    kind: RuleStatus.kind,
    metadata: { name: metadata.name },
    spec,
  });
  const [problem] = ruleProblems(rules, 'the filled in rule list');
  if (problem !== undefined) throw retryable(Reason.Failed, problem);
  return rules;
}
