import { expect, test } from 'vitest';
import { CustomQuota } from '../../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../../api/capsule/global-custom-quota.ts';
import { GlobalResourceQuota } from '../../../api/capsule/global-resource-quota.ts';
import { ResourcePoolClaim } from '../../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../../api/capsule/resource-pool.ts';
import { Tenant } from '../../../api/capsule/tenant.ts';
import { createMetrics } from '../../../runtime/metrics.ts';
import { families } from './families.ts';
import { customQuotaSeries } from './custom-series.ts';
import { claimSeries, poolSeries } from './pool-series.ts';
import type { Series } from './series.ts';
import { globalQuotaSeries, tenantQuotaSeries } from './shared-series.ts';

const apiVersion = 'capsule.clastix.io/v1beta2';
const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Succeeded',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
/** As Prometheus reads it: also a check that every family has exactly these labels. */
async function textOf(series: Series[]): Promise<string[]> {
  const metrics = createMetrics();
  for (const [name, { help, labels }] of Object.entries(families)) {
    metrics.watch({
      name,
      help,
      labels,
      read: () => series.filter(({ family }) => family === name),
    });
  }
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => Object.keys(families).some((name) => line.startsWith(`${name}{`)));
}

test('a pool', async () => {
  const pool = ResourcePool.decode({
    apiVersion,
    kind: 'ResourcePool',
    metadata: { name: 'p' },
    spec: { quota: {} },
    status: {
      conditions: [ready],
      allocation: { hard: { cpu: '4' }, used: { cpu: '1' }, available: { cpu: '3' } },
      claims: { a: [{ name: 'x', namespace: 'a', uid: 'u', claims: { cpu: '1000m' } }] },
      exhaustions: { cpu: { available: '3', requesting: '6' } },
    },
  });
  expect(await textOf(poolSeries(pool))).toEqual([
    'pool_resource{pool="p",resource="cpu"} 1',
    'pool_limit{pool="p",resource="cpu"} 4',
    'pool_usage{pool="p",resource="cpu"} 1',
    'pool_usage_percentage{pool="p",resource="cpu"} 25',
    'pool_available{pool="p",resource="cpu"} 3',
    'pool_exhaustion{pool="p",resource="cpu"} 6',
    'pool_exhaustion_percentage{pool="p",resource="cpu"} 100',
    'pool_condition{pool="p",condition="Ready"} 1',
    'pool_namespace_usage{pool="p",target_namespace="a",resource="cpu"} 1',
    'pool_namespace_usage_percentage{pool="p",target_namespace="a",resource="cpu"} 25',
  ]);
});

test('a claim', async () => {
  const claim = ResourcePoolClaim.decode({
    apiVersion,
    kind: 'ResourcePoolClaim',
    metadata: { name: 'c', namespace: 'a' },
    spec: { pool: 'p', claim: { memory: '1Ki' } },
    status: { conditions: [ready, { ...ready, type: 'Bound', status: 'False' }] },
  });
  expect(await textOf(claimSeries(claim))).toEqual([
    'claim_pool{name="c",target_namespace="a",pool="p"} 1',
    'claim_condition{name="c",target_namespace="a",condition="Ready"} 1',
    'claim_condition{name="c",target_namespace="a",condition="Bound"} 0',
    'claim_resource{name="c",target_namespace="a",resource="memory"} 1024',
  ]);
});

test('a shared quota', async () => {
  const quota = GlobalResourceQuota.decode({
    apiVersion,
    kind: 'GlobalResourceQuota',
    metadata: { name: 'q' },
    spec: { quota: {} },
    status: {
      conditions: [ready],
      total: { hard: { pods: '8' }, used: { pods: '2' }, available: { pods: '6' } },
      namespaceUsage: { a: { used: { pods: '2' } } },
    },
  });
  const q = 'global_resource_quota="q"';
  expect(await textOf(globalQuotaSeries(quota))).toEqual([
    `global_resource_quota_condition{${q},condition="Ready"} 1`,
    `global_resource_quota_limit{${q},resource="pods"} 8`,
    `global_resource_quota_usage{${q},resource="pods"} 2`,
    `global_resource_quota_available{${q},resource="pods"} 6`,
    `global_resource_quota_usage_percentage{${q},resource="pods"} 25`,
    `global_resource_quota_namespace_usage{${q},target_namespace="a",resource="pods"} 2`,
    `global_resource_quota_namespace_usage_percentage{${q},target_namespace="a",resource="pods"} 25`,
  ]);
});

test.each([true, false])('a custom quota, of a namespace: %s', async (isNamespaced) => {
  const kind = isNamespaced ? CustomQuota : GlobalCustomQuota;
  const claim = { group: 'apps', version: 'v1', kind: 'Deployment', name: 'web', namespace: 'a' };
  const quota = kind.decode({
    apiVersion,
    kind: kind.kind,
    metadata: { name: 'q', ...(isNamespaced && { namespace: 'a' }) },
    spec: { limit: 8, sources: [], options: { emitMetricPerClaimUsage: true } },
    status: {
      conditions: [ready],
      usage: { used: '2', available: '6' },
      claims: [{ ...claim, uid: 'u', usage: '2' }],
    },
  });
  const prefix = isNamespaced ? 'custom_quota' : 'global_custom_quota';
  const q = isNamespaced ? 'custom_quota="q",target_namespace="a"' : 'custom_quota="q"';
  const item = isNamespaced ? `${q},name="web"` : `${q},name="web",target_namespace="a"`;
  expect(await textOf(customQuotaSeries(quota))).toEqual([
    `${prefix}_condition{${q},condition="Ready"} 1`,
    `${prefix}_resource_usage{${q}} 2`,
    `${prefix}_resource_usage_percentage{${q}} 25`,
    `${prefix}_resource_limit{${q}} 8`,
    `${prefix}_resource_available{${q}} 6`,
    `${prefix}_resource_item_usage{${item},kind="Deployment",group="apps"} 2`,
  ]);
});

test('quotas of a tenant: used in all of its namespaces', async () => {
  const tenant = (name: string, scope: string) =>
    Tenant.decode({
      apiVersion,
      kind: 'Tenant',
      metadata: { name },
      spec: { resourceQuotas: { scope, items: [{ hard: { pods: '9' } }] } },
    });
  const quota = (namespace: string, pods: string, of = 'oil') => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: {
      name: 'q',
      namespace,
      labels: { 'projectcapsule.dev/tenant': of, 'capsule.clastix.io/resource-quota': '0' },
    },
    status: { used: { pods } },
  });
  const quotas = [quota('a', '2'), quota('b', '3'), quota('c', '9', 'gas')];
  expect(
    await textOf(tenantQuotaSeries([tenant('oil', 'Tenant'), tenant('gas', 'Namespace')], quotas)),
  ).toEqual([
    'tenant_resource_usage{tenant="oil",resourcequotaindex="0",resource="pods"} 5',
    'tenant_resource_limit{tenant="oil",resourcequotaindex="0",resource="pods"} 9',
  ]);
});
