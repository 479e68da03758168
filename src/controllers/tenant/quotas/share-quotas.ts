import { resourceQuotaLabel } from '../../../api/capsule/labels.ts';
import type { ResourceQuotaSpec } from '../../../api/native/resource-quota.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  largestAmounts,
  mapAmounts,
  readAmounts,
  sameAmounts,
  selectAmounts,
  sumAmounts,
  writeAmounts,
  type Amounts,
} from '../../../kube/resource-list.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import { resourceQuotaType } from '../../../kube/core-resources.ts';
import { roundDown } from '../../shared/quotas/grain.ts';
import { quotaNumbers } from '../../shared/quotas/managed-quota.ts';
import { shareBetween, type Place } from '../../shared/quotas/share-between.ts';
import { childOf } from '../children/child.ts';
import type { Work } from '../work.ts';
import type { TenantMemory } from './quota-memory.ts';
import {
  customResourceLimits,
  customResourcesKey,
} from '../../../access/quotas/custom-resources.ts';
import { usageAnnotations } from '../../../access/quotas/usage-annotations.ts';
import { wantedIn } from '../../../access/quotas/wanted.ts';

/** How long the use of the tenant may be out of date in the annotations of its quotas. */
const tellEveryMs = 10_000;

/** The quotas of each namespace of a tenant, which share one limit. */
export interface SharedQuotas {
  byNamespace: ReadonlyMap<string, KubeObject[]>;
  /** When to look again though nothing happens; null for never. */
  againMs: number | null;
  /** How many custom resources there are, of those that are limited. */
  customResources: Amounts;
}

/**
 * Quotas of scope Tenant: `capsule-<tenant>-<index>` in each namespace, whose limits together are the
 * tenant's (see shareLimit). They hold with no process of ours running.
 */
export function shareQuotas(work: Work): SharedQuotas {
  const { tenant, deps, identity, run } = work;
  const items = sharedItems(tenant);
  const memory = deps.quotaMemory.of(identity.uid);
  if (items.length === 0) {
    deps.quotaMemory.forget(identity.uid);
    return { byNamespace: new Map(), againMs: null, customResources: new Map() };
  }
  const now = run.clock.now();
  const plans = items.map((item) => planItem({ ...item, memory, now }, work));
  const isBehind = ({ key, used }: Plan) => !sameAmounts(memory.told.get(key) ?? new Map(), used);
  const isDue = now - memory.toldAtMs >= tellEveryMs || plans.some(({ changes }) => changes);
  if (isDue) {
    memory.toldAtMs = now;
    for (const { key, used } of plans) memory.told.set(key, used);
  }
  const quotas = plans.flatMap((plan) => quotasOf(plan, memory, work));
  const byNamespace = Map.groupBy(quotas, ({ metadata }) => metadata.namespace ?? '');
  const againMs = plans.some(isBehind) ? memory.toldAtMs + tellEveryMs - now : null;
  const customResources = memory.told.get(customResourcesKey) ?? new Map();
  return { byNamespace, againMs, customResources };
}

/** Quotas that the namespaces of a tenant share, by what tells them apart. */
function sharedItems(tenant: Tenant): Pick<Item, 'key' | 'item'>[] {
  const { scope, items = [] } = tenant.spec.resourceQuotas ?? {};
  const listed = scope === 'Tenant' ? items : [];
  const hard = customResourceLimits(tenant);
  return [
    ...listed.map((item, index) => ({ key: String(index), item })),
    ...(Object.keys(hard).length > 0 ? [{ key: customResourcesKey, item: { hard } }] : []),
  ];
}

interface Item {
  item: ResourceQuotaSpec;
  /** Its index in the Tenant, or what it is made from. */
  key: string;
  memory: TenantMemory;
  now: number;
}

/** What becomes of one quota of the tenant. */
interface Plan extends Pick<Item, 'item' | 'key'> {
  name: string;
  limit: Amounts;
  /** By the whole tenant. */
  used: Amounts;
  /** By namespace. */
  limits: ReadonlyMap<string, Amounts>;
  /** Whether any namespace gets another limit than it has. */
  changes: boolean;
}

function planItem({ item, key, memory, now }: Item, work: Work): Plan {
  const name = `capsule-${work.identity.name}-${key}`;
  const limit = mapAmounts(readAmounts(item.hard), roundDown);
  const places = placesOf(name, { memory, now }, work);
  const limits = shareBetween(limit, places);
  const used = selectAmounts(
    sumAmounts(places.map(({ live }) => quotaNumbers(live).used)),
    limit.keys(),
  );
  const changes = places.some(({ live, namespace }) => differs(live, limits.get(namespace)));
  return { item, key, name, limit, used, limits, changes };
}

function quotasOf(plan: Plan, memory: TenantMemory, { identity }: Work): KubeObject[] {
  const { item, key, name, limit, used, limits } = plan;
  const annotations = usageAnnotations(memory.told.get(key) ?? used, limit);
  return [...limits].map(([namespace, hard]) => {
    memory.decided.set(idOf(namespace, name), hard);
    return childOf(identity, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace, labels: { [resourceQuotaLabel]: key }, annotations },
      spec: { ...item, hard: writeAmounts(hard) },
    });
  });
}

function placesOf(
  name: string,
  { memory, now }: Pick<Item, 'memory' | 'now'>,
  { namespaces, deps }: Work,
): Place[] {
  const quotas = deps.managed.for(resourceQuotaType);
  return namespaces.map(({ metadata }) => {
    const namespace = metadata.name;
    const live = quotas.get({ namespace, name });
    return {
      namespace,
      isGoing: metadata.deletionTimestamp !== undefined,
      live,
      decided: memory.decided.get(idOf(namespace, name)),
      wanted: largestAmounts([
        live ? wantedIn(live, now) : new Map(),
        deps.refusals.wantedOf({ namespace, name }),
      ]),
    };
  });
}

const idOf = (namespace: string, name: string) => JSON.stringify([namespace, name]);

function differs(live: KubeObject | undefined, limit: Amounts | undefined): boolean {
  return limit !== undefined && !sameAmounts(quotaNumbers(live).hard, limit);
}
