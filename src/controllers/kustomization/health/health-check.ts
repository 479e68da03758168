import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { ConditionType, Reason } from '../../../api/reasons.ts';
import { formatDuration } from '../../../base/duration.ts';
import { retryable } from '../../../base/errors.ts';
import { notFound } from '../../../kube/readiness.ts';
import { formatKey } from '../../../kube/object.ts';
import type { Settled } from '../apply/apply-build.ts';
import { readLook, watchedLook } from '../apply/apply-object.ts';
import { judgeHealth, timeoutMessage, type ObjectHealth } from './health.ts';
import { isOfType, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { Attempt } from '../memory.ts';
import { isOwnedBy } from '../apply/plan.ts';
import type { FindType } from '../apply/resource-types.ts';
import { timeoutMs } from '../timing.ts';
import type { Work } from '../work.ts';

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
  { settled, findType }: { settled: readonly Settled[]; findType: FindType },
  attempt: Attempt,
  revision: string,
  work: Work,
): Promise<HealthResult> {
  const { run, spec } = work;
  const checks = spec.wait
    ? settled.filter((item) => !item.isSkipped && !isSelf(item.ref, work)).map(ofSettled(work))
    : await Promise.all(refsToCheck(work).map((ref) => readHealth(ref, findType, work)));
  if (checks.length === 0) {
    run.clear(ConditionType.Healthy);
    return { state: 'healthy' };
  }
  const health = judgeHealth(checks.map((check) => check.health));
  if (health.state === 'healthy') {
    const message = 'all objects that are waited for are healthy';
    run.condition(ConditionType.Healthy, 'True', Reason.Succeeded, message);
    return { state: 'healthy' };
  }
  const elapsedMs = run.clock.now() - attempt.startedAtMs;
  const limitMs = timeoutMs(spec);
  if (health.state === 'failed' || elapsedMs >= limitMs) {
    const message =
      health.state === 'failed' ? health.message : timeoutMessage(health.message, limitMs);
    run.condition(ConditionType.Healthy, 'False', Reason.HealthCheckFailed, message);
    throw retryable(Reason.HealthCheckFailed, `health check failed: ${message}`);
  }
  const message = `Running health checks for revision ${revision} with a timeout of ${formatDuration(limitMs)}`;
  run.condition(ConditionType.Healthy, 'Unknown', Reason.Progressing, message);
  const isPolled = checks.some((check) => check.isPolled);
  const afterMs = Math.min(isPolled ? pollMs : watchedMs, limitMs - elapsedMs);
  return { state: 'waiting', message, afterMs };
}

/** How far one object is, and whether only asking again tells when it moves on. */
interface Check {
  health: ObjectHealth;
  isPolled: boolean;
}

/** What was applied in this run was seen in this run; a Job that is gone by itself is done. */
function ofSettled(work: Work) {
  return ({ ref, type, state, vanishes }: Settled): Check => {
    const { view } = watchedLook(type, ref, work);
    const live = view.known === 'live' ? view.live : view.known === 'nothing' ? state : undefined;
    const { status, message } = live?.readiness ?? notFound;
    const isDone = vanishes && status === 'NotFound';
    const health = { ref, message, status: isDone ? ('Current' as const) : status };
    return { health, isPolled: view.known === 'nothing' };
  };
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

/** Our own objects by their watch; anything else is for the tenant to read. */
async function readHealth(ref: ObjectRef, findType: FindType, work: Work): Promise<Check> {
  const type = await findType(ref);
  if (!type) return { health: { ref, ...notFound }, isPolled: true };
  const placed = type.namespaced ? ref : { ...ref, namespace: '' };
  const watched = watchedLook(type, placed, work).view;
  const isOwn = watched.known === 'live' && isOwnedBy(work.me, watched.live);
  const view = isOwn ? watched : (await readLook(type, placed, work)).view;
  const readiness = view.known === 'live' ? view.live.readiness : notFound;
  return { health: { ref: placed, ...readiness }, isPolled: !isOwn };
}
