/**
 * What a reconcile returns. Everything that is not one of these is thrown as a ReconcileError
 * (src/base/errors.ts); anything else thrown counts as retryable.
 */
export type Outcome = Done | Waiting;

/** Desired state is actual state. */
export interface Done {
  outcome: 'done';
  /** Reason and message of Ready=True. */
  reason: string;
  message: string;
  /** Overrides the object's interval; `null` means only a change wakes it. */
  requeueMs?: number | null;
}

/**
 * Nothing failed, but the end is not reached: a dependency or the health of what was applied.
 * Holds no worker: tracked objects (Run.track) wake it, and `afterMs` is the fallback.
 */
export interface Waiting {
  outcome: 'waiting';
  reason: string;
  message: string;
  afterMs: number;
  /**
   * True while work is under way (health checks): Ready=Unknown with reason Progressing rather
   * than False, so that clients that abort on Ready=False keep waiting.
   */
  progressing?: boolean;
}

export function done(result: Omit<Done, 'outcome'>): Done {
  return { outcome: 'done', ...result };
}

export function waitingFor(result: Omit<Waiting, 'outcome'>): Waiting {
  return { outcome: 'waiting', ...result };
}
