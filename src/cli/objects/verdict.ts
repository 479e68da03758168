import { requestedAtAnnotation } from '../../api/annotations.ts';
import type { KubeObject } from '../../kube/object.ts';
import { textAt } from '../../kube/readiness/readiness-facts.ts';
import { conditionOf, observedGenerationOf } from './facts.ts';

/** A request that was made by annotation. */
export interface Request {
  token: string;
  /** `status.lastHandledReconcileAt` before it was made. */
  before: string;
}

/** How far an object is on the way to what was asked of it. */
export interface Verdict {
  state: 'waiting' | 'ready' | 'failed';
  message: string;
}

/**
 * Whether what was asked for is done. With a request, only what was found after it was taken up
 * counts; without one, what was found for the present generation. An attempt that failed is a
 * failure even if it will be tried again: whoever waits wants to hear of it.
 */
export function verdictOn(object: KubeObject | undefined, request?: Request): Verdict {
  if (!object) return failed('it does not exist (any more)');
  if (object.metadata.deletionTimestamp !== undefined) return failed('it is being deleted');
  if (request && !isHandled(object, request)) return waiting('the request is not taken up yet');
  return verdictOnConditions(object);
}

/** What the conditions of the present generation say. */
function verdictOnConditions(object: KubeObject): Verdict {
  const { generation } = object.metadata;
  const [ready, stalled, reconciling] = ['Ready', 'Stalled', 'Reconciling'].map((type) => {
    const fact = conditionOf(object, type);
    return fact?.observedGeneration === generation ? fact : undefined;
  });
  if (stalled?.status === 'True') return failed(stalled.message);
  if (!ready) return waiting('the change is not taken up yet');
  const isReconciling = reconciling?.status === 'True';
  const isRetried = isReconciling && reconciling.reason === 'ProgressingWithRetry';
  if (ready.status === 'False' && isRetried) return failed(ready.message);
  const isObserved = observedGenerationOf(object) === generation;
  const isDone = ready.status === 'True' && !isReconciling && isObserved;
  return isDone ? { state: 'ready', message: ready.message } : waiting(ready.message);
}

/** Our request was handled, or one that somebody made after it. */
function isHandled(object: KubeObject, { token, before }: Request): boolean {
  const handled = handledAt(object);
  if (handled === token) return true;
  return handled !== before && handled === object.metadata.annotations?.[requestedAtAnnotation];
}

export const handledAt = (object: KubeObject) => textAt(object, 'status', 'lastHandledReconcileAt');

const waiting = (message: string): Verdict => ({ state: 'waiting', message });
const failed = (message: string): Verdict => ({ state: 'failed', message });
