import { firstRefusal, type Refusal } from '../policy/rule.ts';
import type { RuleFacts } from './facts.ts';
import { metadataRules, ruleSets } from './rule-sets.ts';

/**
 * Whether rules of the tenant refuse a request, as the policies decide it: those of single resources
 * first, then those of metadata.
 */
export function decideByRules(facts: RuleFacts, resource: string): Refusal | undefined {
  const { group } = facts.kind;
  const sets = ruleSets.filter(({ resources }) =>
    resources.some((rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource)),
  );
  return firstRefusal([...sets.flatMap(({ rules }) => rules), ...metadataRules], facts);
}
