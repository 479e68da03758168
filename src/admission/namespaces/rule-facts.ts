import { checksFor } from '../../access/rules/audience.ts';
import type { RuleFacts } from '../../access/rules/facts.ts';
import { checksOfNamespace } from '../../access/rules/rules-of-namespaces.ts';
import type { AdmissionRequest } from '../request.ts';
import { ruleSender } from '../rule-sender.ts';
import type { NamespaceContext } from './context.ts';

/** What the Tenant's rules say of the metadata of its namespace; undefined when they say nothing. */
export function ruleFacts(
  { operation, kind, object, oldObject, userInfo }: AdmissionRequest,
  { admission, tenantOf }: NamespaceContext,
): RuleFacts | undefined {
  const tenant = tenantOf(object);
  if (!object || !tenant || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const checks = checksOfNamespace(tenant, object.metadata.labels ?? {});
  if (!checks.metadata) return undefined;
  const sender = ruleSender(userInfo, tenant.status?.owners ?? [], admission);
  return {
    operation,
    kind,
    object,
    ...(oldObject && { oldObject }),
    checks: checksFor(checks, sender),
  };
}
