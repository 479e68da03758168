import { releaseAnnotation } from '../../api/capsule/labels.ts';
import type { ResourcePool } from '../../api/capsule/resource-pool.ts';
import {
  ResourcePoolClaim,
  type ResourcePoolClaimStatus,
} from '../../api/capsule/resource-pool-claim.ts';
import { ConditionType, Reason } from '../../api/reasons.ts';
import { stalled } from '../../base/errors.ts';
import { keyOf } from '../../kube/object.ts';
import { readAmounts, writeAmounts } from '../../kube/resource-list.ts';
import { done, waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import type { BookedClaim } from '../shared/pool-book.ts';
import { choosePool, mayClaim } from './choose-pool.ts';
import type { ResourcePoolClaimDeps } from './deps.ts';

type ClaimRun = Run<ResourcePoolClaimStatus>;

/** A change of the pool or the namespace wakes the claim; this is in case one was missed. */
const lookAgainMs = 10 * 60_000;

/** Tells a claim what becomes of it. The pool decides (see its controller). */
export async function reconcile(
  claim: ResourcePoolClaim,
  deps: ResourcePoolClaimDeps,
  run: ClaimRun,
): Promise<Outcome> {
  const amounts = readAmounts(claim.spec.claim);
  if ([...amounts.values()].some(({ nano }) => nano < 0n))
    throw stalled(Reason.InvalidSpec, 'spec.claim: amounts may not be negative');
  if (!claim.spec.pool) return await choose(claim, deps, run);
  const pool = poolOf(claim, deps);
  if (!pool)
    return unavailable(run, `pool '${claim.spec.pool}' is not available in this namespace`);
  run.record({ pool: { name: pool.metadata.name, uid: pool.metadata.uid ?? '' } });
  if (claim.metadata.annotations?.[releaseAnnotation] === 'true') return release(run);
  const booked = deps.book.find(pool.metadata.uid ?? '', claim.metadata.uid ?? '');
  if (!booked) return undecided(claim);
  return tell(claim, booked, run);
}

/** The same whether the pool does not exist or is for others: who asks need not know which. */
function poolOf({ spec, metadata }: ResourcePoolClaim, deps: ResourcePoolClaimDeps) {
  const namespace = deps.namespace(metadata.namespace ?? '');
  return deps
    .pools()
    .find((pool) => pool.metadata.name === spec.pool && namespace && mayClaim(pool, namespace));
}

async function choose(
  claim: ResourcePoolClaim,
  deps: ResourcePoolClaimDeps,
  run: ClaimRun,
): Promise<Outcome> {
  const namespace = deps.namespace(claim.metadata.namespace ?? '');
  const pool: ResourcePool | undefined =
    namespace && choosePool(readAmounts(claim.spec.claim), namespace, deps.pools());
  if (!pool) return unavailable(run, 'no pool of this namespace has what is claimed');
  const { uid = '', resourceVersion = '' } = claim.metadata;
  const body = { metadata: { uid, resourceVersion }, spec: { pool: pool.metadata.name } };
  await deps.client.patch(
    ResourcePoolClaim.type,
    keyOf(claim),
    { type: 'merge', body },
    { signal: run.signal },
  );
  return waitingFor({
    reason: Reason.Progressing,
    message: 'a pool is chosen',
    afterMs: 1_000,
    progressing: true,
  });
}

function unavailable(run: ClaimRun, message: string): Outcome {
  run.record({ pool: undefined, allocation: undefined });
  run.clear(ConditionType.Bound);
  run.clear(ConditionType.Exhausted);
  return waitingFor({ reason: Reason.Failed, message, afterMs: lookAgainMs });
}

function release(run: ClaimRun): Outcome {
  run.record({ allocation: undefined });
  const message = `released: remove the annotation ${releaseAnnotation} to claim again`;
  run.condition(ConditionType.Bound, 'False', Reason.Unused, message);
  run.clear(ConditionType.Exhausted);
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: null });
}

/** After a start, or when it is new, until the pool has been looked at: what was told stays. */
function undecided({ status }: ResourcePoolClaim): Outcome {
  const isKnown = status?.conditions?.some(
    ({ type, status: is }) => type === 'Ready' && is === 'True',
  );
  if (isKnown) return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: 5_000 });
  const message = 'the pool has not decided yet';
  return waitingFor({ reason: Reason.Progressing, message, afterMs: 5_000, progressing: true });
}

function tell(claim: ResourcePoolClaim, { verdict, isInUse }: BookedClaim, run: ClaimRun): Outcome {
  switch (verdict.verdict) {
    case 'unavailable':
      return unavailable(run, `resources are not available: ${verdict.message}`);
    case 'allocated': {
      run.record({ allocation: { hard: writeAmounts(readAmounts(claim.spec.claim)) } });
      run.condition(
        ConditionType.Exhausted,
        'False',
        Reason.NoExhaustions,
        'resource claimable from pool',
      );
      if (isInUse) run.condition(ConditionType.Bound, 'True', Reason.InUse, 'claim is used');
      else run.condition(ConditionType.Bound, 'False', Reason.Unused, 'claim is unused');
      break;
    }
    case 'pool-exhausted':
    case 'queue-exhausted': {
      run.record({ allocation: undefined });
      const isQueued = verdict.verdict === 'queue-exhausted';
      const reason = isQueued ? Reason.QueueExhausted : Reason.PoolExhausted;
      run.condition(ConditionType.Exhausted, 'True', reason, verdict.message);
      run.condition(ConditionType.Bound, 'False', Reason.Failed, 'claim causes exhaustions');
    }
  }
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: null });
}
