import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { ruleProblems } from '../../access/rules/validate/rule-problems.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';

/** Problems that one answer tells. */
const maxTold = 5;

/** Refuses Tenants, and RuleStatuses, whose rules cannot be enforced, with the path of what is wrong. */
export const rulesRight: AdmissionRule<unknown> = {
  name: 'tenant-rules-right',
  check({ operation, object }) {
    if (operation === 'DELETE' || !object) return undefined;
    const problems = problemsOf(object).slice(0, maxTold);
    return problems.length > 0 ? deny('InvalidRule', problems.join('; ')) : undefined;
  },
};

/** What cannot even be read is refused by the API server's own schema. */
function problemsOf(object: KubeObject): string[] {
  try {
    return object.kind === RuleStatus.kind
      ? ruleProblems(RuleStatus.decode(object).spec, 'spec')
      : ruleProblems(Tenant.decode(object).spec.rules);
  } catch {
    return [];
  }
}
