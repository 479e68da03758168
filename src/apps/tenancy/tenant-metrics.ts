import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { resourceQuotaLabel, managedTenantLabel } from '../../api/capsule/labels.ts';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { isRecord } from '../../base/json.ts';
import { resourceQuotaType } from '../../kube/core-resources.ts';
import { approximateQuantity } from '../../kube/quantity.ts';
import { readAmounts, type Amounts } from '../../kube/resource-list.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ReadGauge } from '../../runtime/metrics.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Conditions that Capsule counts. */
const counted = ['Ready', 'Cordoned'];

type Series = ReturnType<ReadGauge['read']>;

/** Capsule's metrics about tenants, by its names, read from what the objects say of themselves. */
export function watchTenantMetrics({ runtime, managed }: TenancyContext): void {
  const { caches, metrics } = runtime;
  const tenants = () => caches.for<KubeObject>(Tenant.type).list();
  const gauges: ReadGauge[] = [
    {
      name: 'capsule_tenant_namespace_relationship',
      help: 'Namespaces of tenants: always 1.',
      labels: ['tenant', 'target_namespace'],
      read: () => relationships(tenants()),
    },
    {
      name: 'capsule_tenant_namespace_condition',
      help: 'Conditions of the namespaces of tenants: 1 where they hold.',
      labels: ['tenant', 'target_namespace', 'condition'],
      read: () => spaceConditions(tenants()),
    },
    {
      name: 'capsule_tenant_namespace_count',
      help: 'How many namespaces a tenant has.',
      labels: ['tenant'],
      read: () => counts(tenants()),
    },
    conditionsOf('tenant', 'tenant', tenants),
    conditionsOf('tenantowner', 'name', () => caches.for<KubeObject>(TenantOwner.type).list()),
    conditionsOf('config', 'name', () => caches.for<KubeObject>(CapsuleConfiguration.type).list()),
    {
      name: 'capsule_rulestatus_condition',
      help: 'Conditions of RuleStatuses: 1 where they hold.',
      labels: ['name', 'target_namespace', 'condition'],
      read: () => ruleConditions(managed.for<KubeObject>(RuleStatus.type).list()),
    },
    ...(['usage', 'limit'] as const).map((what) => ({
      name: `capsule_tenant_resource_${what}`,
      help: `The ${what} of what a tenant's quotas limit, over all its namespaces.`,
      labels: ['tenant', 'resource', 'resourcequotaindex'],
      read: () => amounts(what, managed.for<KubeObject>(resourceQuotaType).list()),
    })),
  ];
  for (const gauge of gauges) metrics.watch(gauge);
}

function conditionsOf(kind: string, label: string, objects: () => KubeObject[]): ReadGauge {
  return {
    name: `capsule_${kind}_condition`,
    help: `Conditions of a ${kind}: 1 where they hold.`,
    labels: [label, 'condition'],
    *read() {
      for (const { metadata, status } of objects()) {
        for (const { condition, value } of held(status)) {
          yield { labels: { [label]: metadata.name, condition }, value };
        }
      }
    },
  };
}

function* relationships(tenants: readonly KubeObject[]): Series {
  for (const { metadata, status } of tenants) {
    for (const target of listOf(status, 'namespaces')) {
      const labels = { tenant: metadata.name, target_namespace: String(target) };
      yield { labels, value: 1 };
    }
  }
}

function* counts(tenants: readonly KubeObject[]): Series {
  for (const { metadata, status } of tenants) {
    const size = isRecord(status) ? Number(status['size'] ?? 0) : 0;
    yield { labels: { tenant: metadata.name }, value: size };
  }
}

function* spaceConditions(tenants: readonly KubeObject[]): Series {
  for (const { metadata, status } of tenants) {
    for (const space of listOf(status, 'spaces')) {
      const target = isRecord(space) ? String(space['name']) : '';
      for (const { condition, value } of held(space)) {
        yield { labels: { tenant: metadata.name, target_namespace: target, condition }, value };
      }
    }
  }
}

function* ruleConditions(objects: readonly KubeObject[]): Series {
  for (const { metadata, status } of objects) {
    for (const { condition, value } of held(status)) {
      const { name, namespace = '' } = metadata;
      yield { labels: { name, target_namespace: namespace, condition }, value };
    }
  }
}

/** The quotas of one index in all namespaces of a tenant together. */
function* amounts(what: 'usage' | 'limit', quotas: readonly KubeObject[]): Series {
  const sums = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { metadata, status } of quotas) {
    const { [managedTenantLabel]: tenant, [resourceQuotaLabel]: index } = metadata.labels ?? {};
    if (tenant === undefined || index === undefined) continue;
    const list: Amounts = readAmounts(
      isRecord(status) ? status[what === 'usage' ? 'used' : 'hard'] : undefined,
    );
    for (const [resource, amount] of list) {
      const labels = { tenant, resource, resourcequotaindex: index };
      const id = JSON.stringify(labels);
      const sum = sums.get(id) ?? { labels, value: 0 };
      sums.set(id, { labels, value: sum.value + approximateQuantity(amount) });
    }
  }
  yield* sums.values();
}

function listOf(status: unknown, field: string): unknown[] {
  const list = isRecord(status) ? status[field] : undefined;
  return Array.isArray(list) ? list : [];
}

function held(status: unknown): { condition: string; value: number }[] {
  return listOf(status, 'conditions').flatMap((each) => {
    if (!isRecord(each) || !counted.includes(String(each['type']))) return [];
    return [{ condition: String(each['type']), value: each['status'] === 'True' ? 1 : 0 }];
  });
}
