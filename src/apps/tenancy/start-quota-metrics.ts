import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { resourceQuotaType } from '../../kube/core-resources.ts';
import { families } from './quota-metrics/families.ts';
import { customQuotaSeries } from './quota-metrics/custom-series.ts';
import { claimSeries, poolSeries } from './quota-metrics/pool-series.ts';
import { globalQuotaSeries, tenantQuotaSeries } from './quota-metrics/shared-series.ts';
import type { TenancyContext } from './tenancy-context.ts';
import { readerOf } from './tenancy-readers.ts';

const prefix = 'capsule_';

/** Metrics about quotas, made from what the watches hold when somebody asks for them. */
export function startQuotaMetrics(context: TenancyContext): [] {
  const { runtime, managed } = context;
  const pools = readerOf(runtime.caches, ResourcePool);
  const claims = readerOf(runtime.caches, ResourcePoolClaim);
  const custom = [
    readerOf<CustomQuota>(runtime.caches, CustomQuota),
    readerOf<GlobalCustomQuota>(runtime.caches, GlobalCustomQuota),
  ];
  const all = () => [
    ...pools.list().flatMap(poolSeries),
    ...claims.list().flatMap(claimSeries),
    ...context.globalQuotas().flatMap(globalQuotaSeries),
    ...custom.flatMap(({ list }) => list().flatMap(customQuotaSeries)),
    ...tenantQuotaSeries(context.tenants(), managed.for(resourceQuotaType).list()),
  ];
  for (const [family, { help, labels }] of Object.entries(families)) {
    const read = () => all().filter((series) => series.family === family);
    runtime.metrics.watch({ name: prefix + family, help, labels, read });
  }
  return [];
}
