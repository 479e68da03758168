import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { GlobalTenantResource } from '../../api/capsule/global-tenant-resource.ts';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { TenantResource } from '../../api/capsule/tenant-resource.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { ReadGauge } from '../../runtime/metrics.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Conditions that Capsule counts. */
const counted = ['Ready', 'Cordoned'];

type Series = ReturnType<ReadGauge['read']>;

/** Capsule's metrics about tenants, by its names, read from what the objects say of themselves. */
export function watchTenantMetrics({ runtime, managed }: TenancyContext): void {
  const { caches, metrics } = runtime;
  const list = (type: ResourceType) => caches.for<KubeObject>(type).list();
  const tenants = () => list(Tenant.type);
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
    conditionsOf('tenantowner', 'name', () => list(TenantOwner.type)),
    conditionsOf('config', 'name', () => list(CapsuleConfiguration.type)),
    conditionsOf('global_resource', 'name', () => list(GlobalTenantResource.type)),
    namespacedConditionsOf('resource', () => list(TenantResource.type)),
    namespacedConditionsOf('rulestatus', () => managed.for<KubeObject>(RuleStatus.type).list()),
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

/** Of objects that are in namespaces. */
function namespacedConditionsOf(kind: string, objects: () => KubeObject[]): ReadGauge {
  return {
    name: `capsule_${kind}_condition`,
    help: `Conditions of a ${kind}: 1 where they hold.`,
    labels: ['name', 'target_namespace', 'condition'],
    *read() {
      for (const { metadata, status } of objects()) {
        const { name, namespace = '' } = metadata;
        for (const { condition, value } of held(status)) {
          yield { labels: { name, target_namespace: namespace, condition }, value };
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
