import { firstRefusal } from '../../access/policy/rule.ts';
import { metadataRules } from '../../access/rules/rule-sets.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';
import { ruleFacts } from './rule-facts.ts';

/** Holds a new namespace to the Tenant's rules about metadata; the first ring holds it to them later. */
export const rulesAllow: AdmissionRule<NamespaceContext> = {
  name: 'namespace-rules-allow',
  async check(request, context) {
    if (request.operation !== 'CREATE' || context.isAdministrator) return undefined;
    const facts = await ruleFacts(request, context);
    if (facts && 'verdict' in facts) return facts;
    const refusal = facts && firstRefusal(metadataRules, facts);
    return refusal && deny('ForbiddenMetadata', refusal.message);
  },
};
