import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import { RuleStatus, ruleStatusName } from '../../api/capsule/rule-status.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { checksFor } from '../../access/rules/audience.ts';
import type { RuleFacts } from '../../access/rules/facts.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import { ruleSender } from '../rule-sender.ts';

/** What hooks that do the work of mutating policies share of one request. */
export interface DefaultsContext {
  /** Name of the tenant whose namespace the request is in. */
  tenant: string;
  /** What the Tenant says about the namespace; absent until it has been written. */
  policies?: NamespacePolicies;
  /** The rules of the namespace that are about this request's sender. */
  checks: RuleFacts['checks'];
}

/** Looks the namespace up, as the API server does for a policy with parameters. */
export async function defaultsContext(
  { namespace = '', userInfo }: AdmissionRequest,
  admission: AdmissionContext,
): Promise<DefaultsContext> {
  const stored = await find(namespaceType, { name: namespace }, admission);
  const tenant = stored?.metadata.labels?.[tenantLabel] ?? '';
  const object = await find(RuleStatus.type, { namespace, name: ruleStatusName }, admission);
  if (!object) return { tenant, checks: {} };
  // Nobody but the control plane writes it.
  const { policies, checks = {} } = object as KubeObject &
    Partial<Pick<DefaultsContext, 'policies' | 'checks'>>;
  const of = admission.caches.for<Tenant>(Tenant.type).get({ name: tenant });
  const sender = ruleSender(userInfo, of?.status?.owners ?? [], admission);
  return { tenant, ...(policies && { policies }), checks: checksFor(checks, sender) };
}

/** What the watch does not know yet may have been made a moment ago. */
async function find(
  type: ResourceType,
  key: ObjectKey,
  { caches, client }: AdmissionContext,
): Promise<KubeObject | undefined> {
  const cache = caches.for<KubeObject>(type);
  await cache.synced();
  return cache.get(key) ?? (await readIfThere(client, type, key));
}
