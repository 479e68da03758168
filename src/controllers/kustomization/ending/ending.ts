import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { Reason } from '../../../api/reasons.ts';
import { formatDuration } from '../../../base/duration.ts';
import { ReconcileError } from '../../../base/errors.ts';
import { recordEnding } from './history.ts';
import type { Attempt } from '../memory.ts';
import { intervalMs } from '../timing.ts';
import type { Work } from '../work.ts';

/** What an attempt was about, for the history and for those who hear of its end. */
export interface Tried {
  digest: string;
  revision: string;
  originRevision?: string;
  attempt: Attempt;
}

/**
 * Records success. Says so only when there is news: a revision, a change, or a recovery; a
 * reconcile that changed nothing leaves no trace but a count, written along with the next news.
 */
export function recordSuccess(
  tried: Tried,
  status: KustomizationStatus | undefined,
  work: Work,
): void {
  const { run, spec, memory } = work;
  const { revision, originRevision, attempt } = tried;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isNews =
    attempt.changed || status?.lastAppliedRevision !== revision || ready?.status !== 'True';
  run.record({ lastAppliedRevision: revision, lastAppliedOriginRevision: originRevision });
  memory.attempt = undefined;
  if (isNews || run.requestedAt !== undefined) {
    record(Reason.ReconciliationSucceeded, tried, status, work);
  } else memory.uncounted++;
  if (!isNews) return;
  const took = formatDuration(run.clock.now() - attempt.startedAtMs);
  run.event({
    severity: 'info',
    reason: Reason.ReconciliationSucceeded,
    message: `Reconciliation finished in ${took}, next run in ${formatDuration(intervalMs(spec))}`,
    metadata: { commit_status: 'update' },
  });
}

/** Records failure; the same one over and over is counted, and written with the next news. */
export function recordFailure(
  error: unknown,
  tried: Tried,
  status: KustomizationStatus | undefined,
  work: Work,
): void {
  const { memory, run } = work;
  memory.attempt = undefined;
  if (run.signal.aborted) return;
  const reason = error instanceof ReconcileError ? error.reason : Reason.ReconciliationFailed;
  const last = status?.history?.[0];
  const isRepeated = last?.digest === tried.digest && last.lastReconciledStatus === reason;
  if (isRepeated && run.requestedAt === undefined) memory.uncounted++;
  else record(reason, tried, status, work);
}

function record(
  reason: string,
  tried: Tried,
  status: KustomizationStatus | undefined,
  { memory, run }: Work,
): void {
  const { attempt, ...what } = tried;
  const atMs = run.clock.now();
  const history = recordEnding(status?.history, {
    ...what,
    status: reason,
    atMs,
    durationMs: atMs - attempt.startedAtMs,
    count: memory.uncounted + 1,
  });
  memory.uncounted = 0;
  run.record({ history });
}
