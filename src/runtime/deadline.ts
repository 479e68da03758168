import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { isAbort, ReconcileError, retryable } from '../base/errors.ts';

/** Why a run was told to stop. */
export type StopCause = 'shutdown' | 'overtaken' | 'timeout';

const messages: Record<StopCause, string> = {
  shutdown: 'shutting down',
  overtaken: 'overtaken by a newer state of the object',
  timeout: 'out of time',
};

/** The time a run may take, and whoever may end it sooner. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  /** When the run was told to stop; what runs on long after that is stuck. */
  readonly stoppedAt: number | undefined;
  stop(cause: StopCause): void;
  /** The run has ended. */
  clear(): void;
  /** What an error means, given that the run was told to stop, and why. */
  explain(error: unknown): unknown;
}

export function createDeadline(clock: Clock, timeoutMs: number): Deadline {
  const controller = new AbortController();
  let cause: StopCause | undefined;
  let stoppedAt: number | undefined;

  const stop = (why: StopCause) => {
    if (cause !== undefined) return;
    cause = why;
    stoppedAt = clock.now();
    controller.abort(new DOMException(messages[why], 'AbortError'));
  };
  const cancel = clock.after(timeoutMs, () => stop('timeout'));

  return {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    get stoppedAt() {
      return stoppedAt;
    },
    stop,
    clear: cancel,
    explain(error) {
      if (cause === 'timeout') return asTimeout(error, timeoutMs);
      if (cause !== undefined)
        return new ReconcileError('aborted', 'Aborted', messages[cause], { cause: error });
      // Nobody told it to stop: running it again at once would be a loop.
      return error instanceof ReconcileError && error.class === 'aborted'
        ? retryable(error.reason, error.message, { cause: error })
        : error;
    },
  };
}

/** Only what the end of time itself brought about is called a time-out. */
function asTimeout(error: unknown, timeoutMs: number): unknown {
  const isOurs = isAbort(error) || (error instanceof ReconcileError && error.class === 'aborted');
  if (!isOurs) return error;
  const reason =
    error instanceof ReconcileError && error.class !== 'aborted'
      ? error.reason
      : 'ReconciliationFailed';
  const message = `timed out after ${formatDuration(timeoutMs)}`;
  return retryable(reason, message, { cause: error });
}
