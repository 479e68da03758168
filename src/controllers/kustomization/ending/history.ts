import type { HistoryEntry } from '../../../api/kustomize/status.ts';
import { toTimestamp } from '../../../base/clock.ts';
import { formatDuration } from '../../../base/duration.ts';

const maxEntries = 5;

/** How one reconcile ended. */
export interface Ending {
  /** Digest of the build. */
  digest: string;
  /** The reason of Ready: ReconciliationSucceeded, HealthCheckFailed, … */
  status: string;
  atMs: number;
  durationMs: number;
  revision: string;
  originRevision?: string | undefined;
  /** How many reconciles this stands for: those that changed nothing are counted, not written. */
  count?: number;
}

/**
 * `status.history` with one more ending, newest first and at most five: the same digest with the
 * same status is one entry that counts.
 */
export function recordEnding(
  history: readonly HistoryEntry[] = [],
  ending: Ending,
): HistoryEntry[] {
  const { digest, status, atMs, durationMs, revision, originRevision, count = 1 } = ending;
  const isSame = (entry: HistoryEntry) =>
    entry.digest === digest && entry.lastReconciledStatus === status;
  const known = history.find(isSame);
  const at = toTimestamp(atMs);
  const entry: HistoryEntry = {
    digest,
    firstReconciled: known?.firstReconciled ?? at,
    lastReconciled: at,
    lastReconciledDuration: formatDuration(Math.round(durationMs)),
    lastReconciledStatus: status,
    metadata: { revision, ...(originRevision ? { originRevision } : {}) },
    totalReconciliations: (known?.totalReconciliations ?? 0) + count,
  };
  return [entry, ...history.filter((other) => !isSame(other))].slice(0, maxEntries);
}
