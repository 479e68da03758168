import { ConditionType, Reason } from '../../api/reasons.ts';
import { formatDuration } from '../../base/duration.ts';
import { retryable } from '../../base/errors.ts';
import { notFound } from '../../kube/readiness.ts';
import { readLook, watchedLook } from './apply-object.ts';
import type { AppliedBuild } from './apply-build.ts';
import { judgeHealth, timeoutMessage, type ObjectHealth } from './health.ts';
import { refId, type ObjectRef } from './inventory.ts';
import type { Attempt } from './memory.ts';
import type { FindType } from './resource-types.ts';
import { timeoutMs } from './timing.ts';
import type { Work } from './work.ts';

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
  { settled, findType }: { settled: AppliedBuild['settled']; findType: FindType },
  attempt: Attempt,
  revision: string,
  work: Work,
): Promise<HealthResult> {
  const { run, spec } = work;
  const refs = refsToCheck(settled, work);
  if (refs.length === 0) {
    run.clear(ConditionType.Healthy);
    return { state: 'healthy' };
  }
  const gone = vanishedJobs(settled);
  const objects: ObjectHealth[] = [];
  let polled = false;
  for (const ref of refs) {
    const seen = await readHealth(ref, findType, work);
    polled ||= seen.polled;
    const isDone = seen.health.status === 'NotFound' && gone.has(refId(ref));
    objects.push(isDone ? { ...seen.health, status: 'Current' } : seen.health);
  }
  const health = judgeHealth(objects);
  const elapsedMs = run.clock.now() - attempt.startedAtMs;
  const limitMs = timeoutMs(spec);
  if (health.state === 'healthy') {
    run.condition(
      ConditionType.Healthy,
      'True',
      Reason.Succeeded,
      'all objects that are waited for are healthy',
    );
    return { state: 'healthy' };
  }
  if (health.state === 'failed' || elapsedMs >= limitMs) {
    const message =
      health.state === 'failed' ? health.message : timeoutMessage(health.message, limitMs);
    run.condition(ConditionType.Healthy, 'False', Reason.HealthCheckFailed, message);
    throw retryable(Reason.HealthCheckFailed, `health check failed: ${message}`);
  }
  const message = `Running health checks for revision ${revision} with a timeout of ${formatDuration(limitMs)}`;
  run.condition(ConditionType.Healthy, 'Unknown', Reason.Progressing, message);
  const nextMs = Math.min(polled ? pollMs : watchedMs, limitMs - elapsedMs);
  return { state: 'waiting', message, afterMs: nextMs };
}

/** With `wait` all that was applied and not skipped, else `healthChecks`; never the object itself. */
function refsToCheck(settled: AppliedBuild['settled'], { spec, me }: Work): ObjectRef[] {
  const refs = spec.wait
    ? settled.filter(({ isSkipped }) => !isSkipped).map(({ ref }) => ref)
    : (spec.healthChecks ?? []).map(({ apiVersion = 'apps/v1', kind, name, namespace }) => {
        const [version = '', group = ''] = apiVersion.split('/').toReversed();
        return { group, version, kind, name, namespace: namespace || me.namespace };
      });
  return refs.filter(
    ({ group, kind, name, namespace }) =>
      !(
        group === 'kustomize.toolkit.fluxcd.io' &&
        kind === 'Kustomization' &&
        name === me.name &&
        namespace === me.namespace
      ),
  );
}

/** Jobs that were applied and, being done, deleted themselves. */
function vanishedJobs(settled: AppliedBuild['settled']): Set<string> {
  return new Set(settled.filter(({ vanishes }) => vanishes).map(({ ref }) => refId(ref)));
}

async function readHealth(
  ref: ObjectRef,
  findType: FindType,
  work: Work,
): Promise<{ health: ObjectHealth; polled: boolean }> {
  const type = await findType(ref);
  if (!type) return { health: { ref, ...notFound }, polled: true };
  const placed = type.namespaced ? ref : { ...ref, namespace: '' };
  const watched = watchedLook(type, placed, work).view;
  const isManaged = watched.known === 'live' || isOurs(placed, work);
  const view =
    watched.known !== 'nothing' && isManaged ? watched : (await readLook(type, placed, work)).view;
  const readiness = view.known === 'live' ? view.live.readiness : notFound;
  return { health: { ref: placed, ...readiness }, polled: view !== watched };
}

function isOurs(ref: ObjectRef, { memory }: Work): boolean {
  return memory.inventory.some((known) => refId(known) === refId(ref));
}
