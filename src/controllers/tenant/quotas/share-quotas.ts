import { resourceQuotaLabel } from '../../../api/capsule/labels.ts';
import type { ResourceQuotaSpec } from '../../../api/native/resource-quota.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  amountOf,
  mapAmounts,
  readAmounts,
  sameAmounts,
  selectAmounts,
  sumAmounts,
  writeAmounts,
  type Amounts,
} from '../../../kube/resource-list.ts';
import { resourceQuotaType } from '../../shared/core-resources.ts';
import { childOf } from '../children/child.ts';
import type { Work } from '../work.ts';
import type { TenantMemory } from './quota-memory.ts';
import { grainOf, roundDown } from './grain.ts';
import { shareLimit, type Holding } from './share-limit.ts';
import { usageAnnotations } from './usage-annotations.ts';
import { wantedIn } from '../../../access/quotas/wanted.ts';

/** How long the use of the tenant may be out of date in the annotations of its quotas. */
const tellEveryMs = 10_000;

/** The quotas of each namespace of a tenant, which share one limit. */
export interface SharedQuotas {
  byNamespace: ReadonlyMap<string, KubeObject[]>;
  /** When to look again though nothing happens; null for never. */
  againMs: number | null;
}

/** One quota of the tenant in one of its namespaces, as it is. */
interface Place {
  namespace: string;
  isGoing: boolean;
  live: KubeObject | undefined;
}

/**
 * Quotas of scope Tenant: `capsule-<tenant>-<index>` in each namespace, whose limits together are the
 * tenant's (see {@link shareLimit}). They hold with no process of ours running.
 */
export function shareQuotas(work: Work): SharedQuotas {
  const { tenant, deps, identity, run } = work;
  const { scope, items = [] } = tenant.spec.resourceQuotas ?? {};
  const memory = deps.quotaMemory.of(identity.uid);
  if (scope !== 'Tenant' || items.length === 0) {
    deps.quotaMemory.forget(identity.uid);
    return { byNamespace: new Map(), againMs: null };
  }
  const now = run.clock.now();
  const plans = items.map((item, index) => planItem({ item, index, memory, now }, work));
  const isBehind = ({ index, used }: Plan) =>
    !sameAmounts(memory.told.get(index) ?? new Map(), used);
  const isDue = now - memory.toldAtMs >= tellEveryMs || plans.some(({ changes }) => changes);
  if (isDue) {
    memory.toldAtMs = now;
    for (const { index, used } of plans) memory.told.set(index, used);
  }
  const quotas = plans.flatMap((plan) => quotasOf(plan, memory, work));
  const byNamespace = Map.groupBy(quotas, ({ metadata }) => metadata.namespace ?? '');
  const againMs = plans.some(isBehind) ? memory.toldAtMs + tellEveryMs - now : null;
  return { byNamespace, againMs };
}

interface Item {
  item: ResourceQuotaSpec;
  index: number;
  memory: TenantMemory;
  now: number;
}

/** What becomes of one quota of the tenant. */
interface Plan extends Pick<Item, 'item' | 'index'> {
  name: string;
  limit: Amounts;
  /** By the whole tenant. */
  used: Amounts;
  /** By namespace. */
  limits: ReadonlyMap<string, Amounts>;
  /** Whether any namespace gets another limit than it has. */
  changes: boolean;
}

function planItem({ item, index, memory, now }: Item, work: Work): Plan {
  const name = `capsule-${work.identity.name}-${index}`;
  const limit = mapAmounts(readAmounts(item.hard), roundDown);
  const places = placesOf(name, work);
  const limits = limitsOf({ limit, places, name, memory, now });
  const used = selectAmounts(sumAmounts(places.map(usedIn)), limit.keys());
  const changes = places.some(({ live, namespace }) => differs(live, limits.get(namespace)));
  return { item, index, name, limit, used, limits, changes };
}

function quotasOf(plan: Plan, memory: TenantMemory, { identity }: Work): KubeObject[] {
  const { item, index, name, limit, used, limits } = plan;
  const annotations = usageAnnotations(memory.told.get(index) ?? used, limit);
  return [...limits].map(([namespace, hard]) => {
    memory.decided.set(idOf(namespace, name), hard);
    return childOf(identity, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace, labels: { [resourceQuotaLabel]: String(index) }, annotations },
      spec: { ...item, hard: writeAmounts(hard) },
    });
  });
}

function placesOf(name: string, { namespaces, deps }: Work): Place[] {
  const quotas = deps.managed.for(resourceQuotaType);
  return namespaces.map(({ metadata }) => ({
    namespace: metadata.name,
    isGoing: metadata.deletionTimestamp !== undefined,
    live: quotas.get({ namespace: metadata.name, name }),
  }));
}

const idOf = (namespace: string, name: string) => JSON.stringify([namespace, name]);

interface LimitsRequest {
  limit: Amounts;
  places: readonly Place[];
  name: string;
  memory: TenantMemory;
  now: number;
}

/** The limit of each namespace that stays, by resource. */
function limitsOf({ limit, places, name, memory, now }: LimitsRequest): Map<string, Amounts> {
  const shares = [...limit].map(([resource, { nano, format }]) => {
    const holdings = places.map((place) =>
      holdingOf(place, { resource, decided: memory.decided.get(idOf(place.namespace, name)), now }),
    );
    return {
      resource,
      format,
      of: shareLimit({ limit: nano, holdings, grain: grainOf(resource) }),
    };
  });
  return new Map(
    places
      .filter(({ isGoing }) => !isGoing)
      .map(({ namespace }) => [
        namespace,
        new Map(
          shares.map(({ resource, format, of }) => [
            resource,
            { nano: of.get(namespace) ?? 0n, format },
          ]),
        ),
      ]),
  );
}

interface HoldingFacts {
  resource: string;
  decided: Amounts | undefined;
  now: number;
}

function holdingOf(
  { namespace, isGoing, live }: Place,
  { resource, decided, now }: HoldingFacts,
): Holding {
  const written = hardOf(live);
  const used = amountOf(usedIn({ live }), resource).nano;
  const limits = [written, readAmounts(statusOf(live)['hard']), decided ?? new Map()];
  const bounds = limits.map((amounts: Amounts) => amountOf(amounts, resource).nano);
  return {
    namespace,
    used,
    hard: written.get(resource)?.nano,
    ceiling: isGoing ? used : [used, ...bounds].reduce((a, b) => (a > b ? a : b)),
    wanted: live ? amountOf(wantedIn(live, now), resource).nano : 0n,
    isGoing,
  };
}

function hardOf(quota: KubeObject | undefined): Amounts {
  return readAmounts((quota?.['spec'] as ResourceQuotaSpec | undefined)?.hard);
}

function usedIn({ live }: Pick<Place, 'live'>): Amounts {
  return readAmounts(statusOf(live)['used']);
}

function statusOf(quota: KubeObject | undefined): Record<string, unknown> {
  return (quota?.['status'] ?? {}) as Record<string, unknown>;
}

function differs(live: KubeObject | undefined, limit: Amounts | undefined): boolean {
  return limit !== undefined && !sameAmounts(hardOf(live), limit);
}
