import type { Rule } from '../policy/rule.ts';
import type { PodFacts } from './facts.ts';

const list = 'params.policies.pullPolicies';
const isBad = `p, !(p in ${list})`;

/** Images are pulled as the tenant has it. */
export const pullPoliciesAllowed: Rule<PodFacts> = {
  name: 'pod-pull-policies-allowed',
  cel: `!has(${list}) || !variables.pullPolicies.exists(${isBad})`,
  holds: (facts) => badPolicy(facts) === undefined,
  message: 'a container has a pull policy that the tenant may not use',
  remedy: 'add the policy to spec.imagePullPolicies of the Tenant',
  messageCel:
    `'pull policy \\'' + variables.pullPolicies.filter(${isBad})[0] + ` +
    `'\\' may not be used in the tenant; allowed: ' + ${list}.join(', ')`,
  explain: (facts) =>
    `pull policy '${badPolicy(facts) ?? ''}' may not be used in the tenant; ` +
    `allowed: ${facts.policies.pullPolicies?.join(', ') ?? ''}`,
};

function badPolicy({ pullPolicies, policies }: PodFacts): string | undefined {
  const allowed = policies.pullPolicies;
  return allowed && pullPolicies.find((policy) => !allowed.includes(policy));
}
