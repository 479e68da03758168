import { mutateMetadata } from '../../access/rules/metadata/mutation.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { change } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';
import { ruleFacts } from './rule-facts.ts';

/**
 * Puts the metadata that the Tenant's rules have for namespaces on one: a new one has no RuleStatus
 * for the first ring yet, and older API servers have no policies that change anything.
 */
export const putRuleMetadata: AdmissionRule<NamespaceContext> = {
  name: 'namespace-put-rule-metadata',
  async check(request, context) {
    const facts = await ruleFacts(request, context);
    if (facts && 'verdict' in facts) return facts;
    const changed = facts && mutateMetadata(facts);
    return changed === undefined || changed === request.object ? undefined : change(changed);
  },
};
