import { formatDuration } from '../../../base/duration.ts';
import { formatRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';

/** How far one object is; `NotFound` is what is not there (yet). */
export interface ObjectHealth {
  ref: ObjectRef;
  status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';
  /** Why, in the words of the object's own conditions. */
  message: string;
}

/** How far all objects together are. */
export type Health =
  | { state: 'healthy' }
  /** At least one can still become healthy, none has failed. */
  | { state: 'progressing'; message: string }
  /** At least one will not become healthy by waiting. */
  | { state: 'failed'; message: string };

const maxNamed = 5;

/**
 * Judges the objects that are waited for. Fails as soon as one has failed (with `failFast` off:
 * once none can move on any more), and names that one first; the others after it, so that a long
 * list never hides the culprit.
 */
export function judgeHealth(objects: readonly ObjectHealth[], failFast = true): Health {
  const unhealthy = objects.filter(({ status }) => status !== 'Current');
  if (unhealthy.length === 0) return { state: 'healthy' };
  const failed = unhealthy.filter(({ status }) => status === 'Failed');
  const rest = unhealthy.filter(({ status }) => status !== 'Failed');
  const message = describe([...failed, ...rest]);
  const isOver = failed.length > 0 && (failFast || rest.length === 0);
  return { state: isOver ? 'failed' : 'progressing', message };
}

/** The message of HealthCheckFailed for objects that did not become healthy in time. */
export function timeoutMessage(waitingFor: string, timeoutMs: number): string {
  return `timeout after ${formatDuration(timeoutMs)} waiting for: ${waitingFor}`;
}

function describe(objects: readonly ObjectHealth[]): string {
  const named = objects.slice(0, maxNamed).map(({ ref, status, message }) => {
    const why = message === '' ? '' : `: ${message}`;
    return `${formatRef(ref)} status: '${status}'${why}`;
  });
  const more = objects.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
