import { builtinRules } from './readiness/builtin-rules.ts';
import {
  conditionsOf,
  current,
  failed,
  inProgress,
  intAt,
  type Readiness,
  type ReadinessStatus,
} from './readiness/readiness-facts.ts';
import { groupOf, type KubeObject } from './object.ts';

export type { Readiness, ReadinessStatus };

/** The readiness of what is not there. */
export const notFound: Readiness = { status: 'NotFound', message: 'the object does not exist' };

/**
 * How far an object is on its way to what its spec asks for, by the rules of kstatus: deletion,
 * an observedGeneration that lags and the conditions Reconciling and Stalled decide first, then
 * rules for built-in kinds, then a Ready condition; an object that says nothing is current. Unlike
 * kstatus, and like Flux, a Job is in progress until it ended.
 *
 * `now` (milliseconds since the epoch) is for pods, which get a moment to be scheduled.
 */
export function readinessOf(object: KubeObject, now: number = Date.now()): Readiness {
  const generic = genericReadiness(object);
  if (generic) return generic;
  const rule = builtinRules.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  return rule ? rule(object, now) : readyCondition(object);
}

function genericReadiness(object: KubeObject): Readiness | undefined {
  const { deletionTimestamp, generation } = object.metadata;
  if (deletionTimestamp !== undefined) {
    return { status: 'Terminating', message: 'deletion has begun' };
  }
  const observed = intAt(object, 'status', 'observedGeneration');
  if (generation !== undefined && observed !== undefined && observed !== generation) {
    return inProgress(`generation ${generation} is not observed yet (last: ${observed})`);
  }
  for (const { type, status, message } of conditionsOf(object)) {
    if (status !== 'True') continue;
    if (type === 'Reconciling') return inProgress(message);
    if (type === 'Stalled') return failed(message);
  }
  return undefined;
}

function readyCondition(object: KubeObject): Readiness {
  const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
  if (!ready) return current('nothing says otherwise');
  return ready.status === 'True' ? current(ready.message) : inProgress(ready.message);
}
