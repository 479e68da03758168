import type {
  PoolClaim,
  ResourcePool,
  ResourcePoolStatus,
} from '../../api/capsule/resource-pool.ts';
import { formatQuantity } from '../../kube/quantity.ts';
import {
  readAmounts,
  selectAmounts,
  subtractAmounts,
  sumAmounts,
  writeAmounts,
} from '../../kube/resource-list.ts';
import type { ClaimFacts, Schedule } from './schedule-claims.ts';

interface Decided {
  namespaces: readonly string[];
  claims: readonly ClaimFacts[];
  schedule: Schedule;
}

/** What was decided, for people, dashboards and the next process. */
export function statusOf(
  { spec }: ResourcePool,
  { namespaces, claims, schedule }: Decided,
): Partial<ResourcePoolStatus> {
  const hard = readAmounts(spec.quota.hard);
  const used = selectAmounts(sumAmounts(schedule.allocated.values()), hard.keys());
  const got = claims.filter(({ uid }) => schedule.allocated.has(uid));
  return {
    allocation: {
      hard: writeAmounts(hard),
      used: writeAmounts(used),
      available: writeAmounts(subtractAmounts(hard, used)),
    },
    claims: Object.fromEntries(
      [...Map.groupBy(got, ({ namespace }) => namespace)].map(([namespace, own]) => [
        namespace,
        own.map(toPoolClaim),
      ]),
    ),
    claimCount: got.length,
    namespaces: [...namespaces],
    namespaceCount: namespaces.length,
    exhaustions: Object.fromEntries(
      [...schedule.exhaustions].map(([name, { available, requesting }]) => [
        name,
        { available: formatQuantity(available), requesting: formatQuantity(requesting) },
      ]),
    ),
  };
}

function toPoolClaim({ uid, name, namespace, amounts }: ClaimFacts): PoolClaim {
  return { uid, name, namespace, claims: writeAmounts(amounts) };
}
