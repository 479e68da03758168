import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ObjectKey, ResourceType } from '../kube/object.ts';

/** An event about the object being reconciled; redacted and de-duplicated by the recorder. */
export interface RunEvent {
  /** `trace` is a plain Kubernetes event that no notification sees. */
  severity: 'info' | 'error' | 'trace';
  reason: string;
  message: string;
  /** Keys are prefixed with the object's API group when written. */
  metadata?: Record<string, string>;
}

/**
 * One run of a reconciler over one object. Whatever a run records here is written once, together
 * with the outcome's conditions, in one status patch; nothing is written when nothing changed.
 */
export interface Run<Status> {
  /** Aborts on shutdown, on the object's timeout, and when a newer generation arrives. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** Value of `reconcile.fluxcd.io/requestedAt` if it was not yet handled. */
  readonly requestedAt: string | undefined;
  /**
   * True when somebody asked for this run (a new generation, a new requestedAt, first sight) as
   * opposed to the interval or a tracked object.
   */
  readonly asked: boolean;
  /** Merges fields into the status, whatever the outcome will be. `undefined` removes a field. */
  record(status: { [K in keyof Status]?: Status[K] | undefined }): void;
  /** Sets a condition beside Ready, Reconciling and Stalled, which belong to settle. */
  condition(
    type: string,
    status: 'True' | 'False' | 'Unknown',
    reason: string,
    message: string,
  ): void;
  /** Removes such a condition. */
  clear(type: string): void;
  event(event: RunEvent): void;
  /**
   * Writes Ready=Unknown, Reconciling=True and what was recorded so far, at once. For work that
   * a user should see in flight; costs one API request.
   */
  progress(message: string): Promise<void>;
  /** Whether the object waits for `cleanup` when it is deleted: our finalizer is on it. */
  readonly isHeld: boolean;
  /**
   * Adds our finalizer, and annotations in the same request; for kinds that say `isHeldByRun`. Throws
   * when the object changed meanwhile, so that a run to come looks again.
   */
  hold(annotations: Record<string, string>): Promise<void>;
  /**
   * Wakes this object when the named one changes (or, without a name, any of the kind in the
   * namespace). What a run tracked replaces what the run before it tracked. Kinds must be among
   * the controller's `watches`.
   */
  track(type: ResourceType, key: ObjectKey | { namespace: string }): void;
}
