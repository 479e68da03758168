import type { ResourcePool, ResourcePoolStatus } from '../../api/capsule/resource-pool.ts';
import { Reason } from '../../api/reasons.ts';
import { selectedNamespaces } from '../../access/quotas/selected-namespaces.ts';
import {
  clampAmounts,
  largestAmounts,
  readAmounts,
  selectAmounts,
  subtractAmounts,
  sumAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import { done, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { quotaNumbers } from '../shared/quotas/managed-quota.ts';
import type { BookedClaim } from '../shared/pool-book.ts';
import { claimsOn } from './claim-facts.ts';
import { claimsInUse } from './cover-usage.ts';
import type { ResourcePoolDeps } from './deps.ts';
import { effectiveDefaults, liveQuota, writeQuotas } from './quotas.ts';
import { scheduleClaims, type ClaimFacts, type Schedule } from './schedule-claims.ts';
import { statusOf } from './tell-status.ts';

/** Decides which claims get what, gives their namespaces the quotas for it, and tells. */
export async function reconcile(
  pool: ResourcePool,
  deps: ResourcePoolDeps,
  run: Run<ResourcePoolStatus>,
): Promise<Outcome> {
  const { name, uid = '' } = pool.metadata;
  const namespaces = selectedNamespaces(pool.spec.selectors ?? [], deps.namespaces());
  const claims = claimsOn(name, new Set(namespaces), deps.claims());
  const schedule = scheduleClaims(
    {
      hard: readAmounts(pool.spec.quota.hard),
      orderedQueue: pool.spec.config.orderedQueue,
      allocated: allocatedBefore(pool),
      inUse: usable(pool, namespaces, deps),
    },
    claims,
  );
  run.record(statusOf(pool, { namespaces, claims, schedule }));
  await writeQuotas(pool, { limits: limitsOf(pool, namespaces, claims, schedule), deps, run });
  deps.book.put(uid, bookOf(pool, { claims, schedule, deps }));
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: null });
}

/** What claims have got, as the status remembers it. */
function allocatedBefore({ status }: ResourcePool): Map<string, Amounts> {
  const known = Object.values(status?.claims ?? {}).flat();
  return new Map(known.map(({ uid, claims }) => [uid, readAmounts(claims)]));
}

/** What each namespace can use of the pool by the quotas that are written or in force. */
function usable(
  pool: ResourcePool,
  namespaces: readonly string[],
  deps: ResourcePoolDeps,
): Map<string, Amounts> {
  const defaults = effectiveDefaults(pool.spec);
  const names = Object.keys(pool.spec.quota.hard ?? {});
  const decided = deps.decided.get(pool.metadata.uid ?? '');
  return new Map(
    namespaces.map((namespace) => {
      const { hard, inForce, used } = quotaNumbers(liveQuota(pool, namespace, deps));
      const most = largestAmounts([hard, inForce, used, decided?.get(namespace) ?? new Map()]);
      return [namespace, clampAmounts(subtractAmounts(selectAmounts(most, names), defaults))];
    }),
  );
}

/** The limits of each namespace: what its claims have got, and the defaults. */
function limitsOf(
  { spec }: ResourcePool,
  namespaces: readonly string[],
  claims: readonly ClaimFacts[],
  { allocated }: Schedule,
): Map<string, Amounts> {
  const defaults = effectiveDefaults(spec);
  return new Map(
    namespaces.map((namespace) => {
      const got = claims
        .filter((claim) => claim.namespace === namespace)
        .map(({ uid }) => allocated.get(uid) ?? new Map());
      const some = new Map([...sumAmounts(got)].filter(([, { nano }]) => nano > 0n));
      return [namespace, sumAmounts([some, defaults])];
    }),
  );
}

function bookOf(
  pool: ResourcePool,
  {
    claims,
    schedule,
    deps,
  }: { claims: readonly ClaimFacts[]; schedule: Schedule; deps: ResourcePoolDeps },
): Map<string, BookedClaim> {
  const names = Object.keys(pool.spec.quota.hard ?? {});
  const allocated = claims.filter(({ uid }) => schedule.allocated.has(uid));
  const inUse = new Set<string>();
  for (const [namespace, own] of Map.groupBy(allocated, (claim) => claim.namespace)) {
    const { used } = quotaNumbers(liveQuota(pool, namespace, deps));
    for (const uid of claimsInUse(selectAmounts(used, names), own)) inUse.add(uid);
  }
  return new Map(
    claims.flatMap(({ uid, namespace, name }) => {
      const verdict = schedule.verdicts.get(uid);
      return verdict ? [[uid, { key: { namespace, name }, verdict, isInUse: inUse.has(uid) }]] : [];
    }),
  );
}
