import { checksFor } from '../../access/rules/audience.ts';
import type { RuleFacts } from '../../access/rules/facts.ts';
import { hasTemplates } from '../../access/rules/has-templates.ts';
import { checksOfNamespace, rulesOfNamespace } from '../../access/rules/rules-of-namespaces.ts';
import type { NamespaceRule } from '../../api/capsule/rules/rule.ts';
import type { AdmissionRequest } from '../request.ts';
import { ruleSender } from '../rule-sender.ts';
import { deny, type Denial } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/**
 * What the Tenant's rules say of the metadata of its namespace; undefined when they say nothing. A new
 * namespace is refused when a template in them cannot be filled in for it: nothing could be made there.
 */
export async function ruleFacts(
  request: AdmissionRequest,
  context: NamespaceContext,
): Promise<RuleFacts | Denial | undefined> {
  const { operation, kind, object, oldObject, userInfo } = request;
  const tenant = context.tenantOf(object);
  if (!object || !tenant || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const rules = await rulesFor(request, context).catch(() => undefined);
  if (!rules) return notFilled;
  const checks = checksOfNamespace(rules);
  if (!checks.metadata) return undefined;
  const sender = ruleSender(userInfo, tenant.status?.owners ?? [], context.admission);
  return {
    operation,
    kind,
    object,
    ...(oldObject && { oldObject }),
    checks: checksFor(checks, sender),
  };
}

const notFilled = deny(
  'RulesNotFilled',
  'a template in the rules of the tenant cannot be filled in for this namespace: whoever administers the tenant can mend it',
);

/** Rules with templates are filled in for a new namespace; once it is there, the first ring has them. */
async function rulesFor(
  { operation, object }: AdmissionRequest,
  { admission, tenantOf }: NamespaceContext,
): Promise<NamespaceRule[]> {
  const tenant = tenantOf(object);
  if (!object || !tenant) return [];
  const rules = rulesOfNamespace(tenant, object.metadata.labels ?? {});
  if (operation !== 'CREATE') return rules.filter((rule) => !hasTemplates(rule));
  return await admission.fillRules(rules, { tenant, namespace: object });
}
