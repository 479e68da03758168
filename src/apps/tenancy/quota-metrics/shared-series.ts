import { managedTenantLabel, resourceQuotaLabel } from '../../../api/capsule/labels.ts';
import type { GlobalResourceQuota } from '../../../api/capsule/global-resource-quota.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import { quotaNumbers } from '../../../controllers/shared/quotas/managed-quota.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { readAmounts, selectAmounts, sumAmounts } from '../../../kube/resource-list.ts';
import { conditionSeries, percentages, perResource, type Series } from './series.ts';

/** What namespaces that share a quota use. */
export function globalQuotaSeries({ metadata, status }: GlobalResourceQuota): Series[] {
  const labels = { global_resource_quota: metadata.name };
  const limit = readAmounts(status?.total.hard);
  const used = readAmounts(status?.total.used);
  const name = (part: string) => `global_resource_quota_${part}`;
  return [
    ...conditionSeries(name('condition'), labels, {
      conditions: status?.conditions,
      types: ['Ready'],
    }),
    ...perResource(name('limit'), labels, limit),
    ...perResource(name('usage'), labels, used),
    ...perResource(name('available'), labels, readAmounts(status?.total.available)),
    ...percentages(name('usage_percentage'), labels, { used, limit }),
    ...Object.entries(status?.namespaceUsage ?? {}).flatMap(([namespace, own]) => {
      const of = { ...labels, target_namespace: namespace };
      const usage = readAmounts(own.used);
      return [
        ...perResource(name('namespace_usage'), of, usage),
        ...percentages(name('namespace_usage_percentage'), of, { used: usage, limit }),
      ];
    }),
  ];
}

/** What tenants use of quotas of scope Tenant, of what they may. */
export function tenantQuotaSeries(
  tenants: readonly Tenant[],
  quotas: readonly KubeObject[],
): Series[] {
  const byQuota = Map.groupBy(quotas, ({ metadata: { labels = {} } }) =>
    JSON.stringify([labels[managedTenantLabel], labels[resourceQuotaLabel]]),
  );
  return tenants.flatMap(({ metadata: { name }, spec: { resourceQuotas } }) => {
    if (resourceQuotas?.scope !== 'Tenant') return [];
    return (resourceQuotas.items ?? []).flatMap(({ hard }, index) => {
      const labels = { tenant: name, resourcequotaindex: String(index) };
      const own = byQuota.get(JSON.stringify([name, String(index)])) ?? [];
      const limit = readAmounts(hard);
      const used = sumAmounts(own.map((quota) => quotaNumbers(quota).used));
      return [
        ...perResource('tenant_resource_usage', labels, selectAmounts(used, limit.keys())),
        ...perResource('tenant_resource_limit', labels, limit),
      ];
    });
  });
}
