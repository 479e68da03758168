import { managedTenantLabel, ruleQuotaLabel } from '../../../api/capsule/labels.ts';
import { GlobalResourceQuota } from '../../../api/capsule/global-resource-quota.ts';
import type { TenantSpec } from '../../../api/capsule/tenant.ts';
import { Reason } from '../../../api/reasons.ts';
import { tenantLabel } from '../../../access/tenancy/vocabulary.ts';
import { retryable, stalled } from '../../../base/errors.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import { apiVersionOf, type KubeObject } from '../../../kube/object.ts';
import { readAmounts, writeAmounts } from '../../../kube/resource-list.ts';
import { converge } from '../../shared/converge.ts';
import { childOf, type TenantIdentity } from '../children/child.ts';
import { fieldManager } from '../field-manager.ts';
import type { Work } from '../work.ts';

/** Makes the quotas of a Tenant's rules GlobalResourceQuotas; those of no rule any more go. */
export async function keepRuleQuotas({ tenant, identity, deps, run }: Work): Promise<void> {
  const { type } = GlobalResourceQuota;
  const present = deps.managed.for(type).list().filter(isOf(identity.name));
  const desired = ruleQuotas(identity, tenant.spec);
  for (const { metadata } of desired) {
    if (!present.some((live) => live.metadata.name === metadata.name))
      await refuseOthers(metadata.name, identity, deps.client);
  }
  const options = { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal };
  await converge({ type, desired, present }, options);
}

const isOf =
  (tenant: string) =>
  ({ metadata: { labels = {} } }: KubeObject): boolean =>
    labels[managedTenantLabel] === tenant && labels[ruleQuotaLabel] !== undefined;

/** The quotas of the rules, over the namespaces of the tenant that each rule is about. */
export function ruleQuotas(identity: TenantIdentity, { rules = [] }: TenantSpec): KubeObject[] {
  const names = new Set<string>();
  return rules.flatMap(({ namespaceSelector = {}, quota = [] }, index) =>
    quota.map(({ name, hard, ...counts }, nth) => {
      if (names.has(name)) {
        const path = `spec.rules[${index}].quota[${nth}].name`;
        throw stalled(Reason.InvalidSpec, `${path}: two quotas of the rules have this name`);
      }
      names.add(name);
      const matchLabels = { ...namespaceSelector.matchLabels, [tenantLabel]: identity.name };
      return childOf(identity, {
        apiVersion: apiVersionOf(GlobalResourceQuota.type),
        kind: GlobalResourceQuota.kind,
        metadata: { name: `${identity.name}-${name}`, labels: { [ruleQuotaLabel]: name } },
        spec: {
          namespaceSelectors: [{ ...namespaceSelector, matchLabels }],
          quota: { ...counts, ...(hard && { hard: writeAmounts(readAmounts(hard)) }) },
        },
      });
    }),
  );
}

/** `a` with quota `b-c` and `a-b` with quota `c` would have the same one. */
async function refuseOthers(
  name: string,
  identity: TenantIdentity,
  client: Work['deps']['client'],
): Promise<void> {
  try {
    const { metadata } = await client.get(GlobalResourceQuota.type, { name });
    if (metadata.ownerReferences?.some(({ uid }) => uid === identity.uid)) return;
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  throw retryable(
    Reason.Failed,
    `a GlobalResourceQuota '${name}' is there and not the tenant's: rename the quota of the rule, or remove it`,
  );
}
