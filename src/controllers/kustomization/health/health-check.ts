import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { formatRef, isOfType, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { ConditionType, Reason } from '../../../api/reasons.ts';
import { formatDuration } from '../../../base/duration.ts';
import { retryable, type ReconcileError } from '../../../base/errors.ts';
import { formatKey } from '../../../kube/object.ts';
import { notFound } from '../../../kube/readiness.ts';
import type { Settled } from '../apply/apply-build.ts';
import { concurrently } from '../../../base/concurrently.ts';
import type { FindType } from '../apply/resource-types.ts';
import type { Attempt } from '../memory.ts';
import { retryMs, timeoutMs } from '../timing.ts';
import type { Work } from '../work.ts';
import { judgeHealth, timeoutMessage, type ObjectHealth } from './health.ts';
import { checkObject, type Check } from './object-health.ts';

/** What the wait came to; `waiting` holds no worker. */
export type HealthResult =
  { state: 'healthy' } | { state: 'waiting'; message: string; afterMs: number };

/** Looks again at what cannot be watched. */
const pollMs = 5_000;
/** Fallback for what is watched, should an event be lost. */
const watchedMs = 60_000;

/**
 * Judges the health of what `wait` or `healthChecks` name, once. Throws HealthCheckFailed as soon
 * as one object has failed, or when the attempt is out of time.
 */
export async function checkHealth(
  applied: { settled: readonly Settled[]; findType: FindType },
  attempt: Attempt,
  revision: string,
  work: Work,
): Promise<HealthResult> {
  const { run, spec, deps, target, me } = work;
  // It wakes this object also after it was found wanting.
  target.managed.await(me, true, (type) => work.healthRules.of(type) !== undefined);
  const checks = await checkAll(applied, work);
  if (checks.length === 0) {
    run.clear(ConditionType.Healthy);
    return { state: 'healthy' };
  }
  const healths = checks.map((check) => check.health);
  const health = judgeHealth(healths, !deps.gates.DisableFailFastBehavior);
  if (health.state === 'healthy') {
    work.memory.unhealthy = undefined;
    const message = 'all objects that are waited for are healthy';
    run.condition(ConditionType.Healthy, 'True', Reason.Succeeded, message);
    return { state: 'healthy' };
  }
  const elapsedMs = run.clock.now() - attempt.startedAtMs;
  const limitMs = timeoutMs(spec);
  if (health.state === 'failed' || isResting(attempt, work)) throw unhealthy(health.message, work);
  if (elapsedMs >= limitMs) throw unhealthy(timeoutMessage(health.message, limitMs), work);
  attempt.awaitsHealth = true;
  const message = `Running health checks for revision ${revision} with a timeout of ${formatDuration(limitMs)}`;
  run.condition(ConditionType.Healthy, 'Unknown', Reason.Progressing, message + doubts(healths));
  const isPolled = checks.some((check) => check.isPolled);
  const afterMs = Math.min(isPolled ? pollMs : watchedMs, limitMs - elapsedMs);
  return { state: 'waiting', message, afterMs };
}

/** Timers may be early by this much. */
const earlyMs = 100;

/**
 * True while the same was found wanting and is not to be tried again yet: what moved on meanwhile
 * may make it healthy, but does not begin another wait.
 */
function isResting(
  { revision, changed }: Attempt,
  { memory, run }: Pick<Work, 'memory' | 'run'>,
): boolean {
  const { unhealthy: last } = memory;
  if (!last || run.asked || changed || last.revision !== revision) return false;
  return run.clock.now() < last.untilMs - earlyMs;
}

/** The failure, and when it is tried again: `retryInterval` after the first, whatever came since. */
function unhealthy(message: string, { memory, run, spec }: Work): ReconcileError {
  run.condition(ConditionType.Healthy, 'False', Reason.HealthCheckFailed, message);
  const { attempt } = memory;
  const now = run.clock.now();
  const resting = attempt && isResting(attempt, { memory, run });
  const untilMs = (resting && memory.unhealthy?.untilMs) || now + retryMs(spec);
  if (attempt) memory.unhealthy = { revision: attempt.revision, untilMs };
  return retryable(Reason.HealthCheckFailed, `health check failed: ${message}`, {
    afterMs: untilMs - now,
  });
}

/** What cannot be judged may never come to an end by itself, so it is told at once. */
function doubts(healths: readonly ObjectHealth[]): string {
  const unknown = healths.find(({ status }) => status === 'Unknown');
  return unknown ? `: ${formatRef(unknown.ref)} status: 'Unknown': ${unknown.message}` : '';
}

/** What was applied in this run was seen in this run; anything else that is named is looked up. */
async function checkAll(
  { settled, findType }: { settled: readonly Settled[]; findType: FindType },
  work: Work,
): Promise<Check[]> {
  const { spec, deps } = work;
  const applied = settled.filter((item) => !item.isSkipped && !isSelf(item.ref, work));
  const check = (item: Settled) => checkObject({ ...item, isApplied: true }, work);
  if (spec.wait) return concurrently(applied, deps.concurrentApplies, check);
  const own = new Map(applied.map((item) => [refId(item.ref), item]));
  return concurrently(refsToCheck(work), deps.concurrentApplies, async (ref) => {
    const type = await findType(ref);
    if (!type) return { health: { ref, ...notFound }, isPolled: true };
    const placed = type.namespaced ? ref : { ...ref, namespace: '' };
    const item = own.get(refId(placed));
    return item ? check(item) : checkObject({ ref: placed, type, isApplied: false }, work);
  });
}

function refsToCheck(work: Work): ObjectRef[] {
  const { spec, me } = work;
  const refs = (spec.healthChecks ?? []).map(
    ({ apiVersion = 'apps/v1', kind, name, namespace }) => {
      const [version = '', group = ''] = apiVersion.split('/').toReversed();
      return { group, version, kind, name, namespace: namespace || me.namespace };
    },
  );
  return refs.filter((ref) => !isSelf(ref, work));
}

/** A Kustomization that is part of its own build would wait for itself. */
function isSelf(ref: ObjectRef, { me, target }: Work): boolean {
  if (target.cluster !== undefined) return false;
  return isOfType(ref, Kustomization.type) && formatKey(ref) === formatKey(me);
}
