import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import type { ResourceQuotaLedger } from '../../api/capsule/quantity-ledger.ts';
import { globalLedgerName, globalQuotaName } from '../../access/quotas/global-names.ts';
import { activeReservations } from '../../access/quotas/ledger.ts';
import { isSelected } from '../../access/quotas/selected-namespaces.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  largestAmounts,
  readAmounts,
  selectAmounts,
  sumAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import { resourceQuotaType } from '../../kube/core-resources.ts';
import { quotaNumbers } from '../shared/quotas/managed-quota.ts';
import type { Place } from '../shared/quotas/share-between.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';

/** A GlobalResourceQuota and what its namespaces use, as the watches know it. */
export interface Observed {
  name: string;
  uid: string;
  hard: Amounts;
  /** Sorted by name. */
  places: readonly Place[];
  /** By namespace, of what is limited. */
  usage: ReadonlyMap<string, Amounts>;
  used: Amounts;
  /** Native quota has counted in every namespace. */
  initialized: boolean;
}

/** Looks at a quota and its namespaces. */
export function observe(
  quota: GlobalResourceQuota,
  deps: GlobalResourceQuotaDeps,
  nowMs: number,
): Observed {
  const { name, uid = '' } = quota.metadata;
  const hard = readAmounts(quota.spec.quota.hard);
  const places = placesOf(quota, deps, nowMs);
  const usage = new Map(
    places.map(({ namespace, live }) => [
      namespace,
      selectAmounts(quotaNumbers(live).used, hard.keys()),
    ]),
  );
  const used = selectAmounts(sumAmounts(usage.values()), hard.keys());
  const initialized = places.every(
    ({ live, isGoing }) =>
      isGoing || [...hard.keys()].every((key) => quotaNumbers(live).inForce.has(key)),
  );
  return { name, uid, hard, places, usage, used, initialized };
}

function placesOf(
  { spec, metadata }: GlobalResourceQuota,
  deps: GlobalResourceQuotaDeps,
  nowMs: number,
): Place[] {
  const { name, uid = '' } = metadata;
  const quotas = deps.managed.for(resourceQuotaType);
  const waiting = waitingIn(deps.ledger(globalLedgerName({ name, uid })), nowMs);
  const decided = deps.decided.get(uid);
  return deps
    .namespaces()
    .filter((namespace) => isSelected(spec.namespaceSelectors ?? [], namespace))
    .map(({ metadata: { name: namespace, deletionTimestamp } }) => ({
      namespace,
      isGoing: deletionTimestamp !== undefined,
      live: quotas.get({ namespace, name: globalQuotaName(name) }),
      decided: decided?.get(namespace),
      wanted: largestAmounts([
        waiting.get(namespace) ?? new Map(),
        deps.refusals.wantedOf({ namespace, name: globalQuotaName(name) }),
      ]),
    }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** What requests on their way will add, by namespace. */
function waitingIn(ledger: KubeObject | undefined, nowMs: number): Map<string, Amounts> {
  const status = ledger?.['status'] as { resourceQuota?: ResourceQuotaLedger } | undefined;
  const active = activeReservations(status?.resourceQuota ?? {}, nowMs);
  const byNamespace = Map.groupBy(active, ({ objectRef }) => objectRef.namespace ?? '');
  return new Map(
    [...byNamespace].map(([namespace, entries]) => [
      namespace,
      sumAmounts(entries.map(({ delta }) => readAmounts(delta))),
    ]),
  );
}
