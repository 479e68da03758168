import { ConditionType, Reason } from '../../api/reasons.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import type { Attempt, Memory } from './memory.ts';

/** What an attempt is about: with another of any of these another attempt begins. */
export interface AttemptOf {
  generation: number;
  revision: string;
  requestedAt: string | undefined;
}

/**
 * The attempt under way, or a new one. After a restart it is continued from the status: the wait
 * for health that a process before this one began does not begin again.
 */
export function continueAttempt(
  memory: Memory,
  { generation, revision, requestedAt }: AttemptOf,
  status: KustomizationStatus | undefined,
  now: number,
): Attempt {
  const known = memory.attempt;
  const key = JSON.stringify([generation, revision, requestedAt ?? known?.requestedAt ?? '']);
  if (known?.key === key) return known;
  const began = known ? undefined : waitingSince(status, generation, revision);
  return {
    key,
    revision,
    state: JSON.stringify([
      generation,
      revision,
      requestedAt ?? status?.lastHandledReconcileAt ?? '',
    ]),
    requestedAt,
    startedAtMs: began ?? now,
    changed: began !== undefined,
  };
}

/** When the status says that the wait for this very state began. */
function waitingSince(
  status: KustomizationStatus | undefined,
  generation: number,
  revision: string,
): number | undefined {
  const healthy = status?.conditions?.find(({ type }) => type === ConditionType.Healthy);
  if (healthy?.status !== 'Unknown' || healthy.reason !== Reason.Progressing) return undefined;
  if (healthy.observedGeneration !== generation) return undefined;
  if (status?.lastAttemptedRevision !== revision) return undefined;
  const began = Date.parse(healthy.lastTransitionTime);
  return Number.isNaN(began) ? undefined : began;
}

/** True when the status says that this very build was applied, and nobody asked for it anew. */
export function isRepeat(
  { digest }: { digest: string },
  { generation, revision, requestedAt }: AttemptOf,
  status: KustomizationStatus | undefined,
): boolean {
  if (requestedAt !== undefined || status?.observedGeneration !== generation) return false;
  if (status.lastAppliedRevision !== revision) return false;
  const ended = status.history?.find((entry) => entry.digest === digest);
  return ended?.lastReconciledStatus === Reason.ReconciliationSucceeded;
}

/**
 * True when the status says that this very build was the last to be applied and healthy, whatever was
 * asked since: what a process before this one did once is done.
 */
export function wasApplied(
  { digest }: { digest: string },
  status: KustomizationStatus | undefined,
): boolean {
  const [last] = status?.history ?? [];
  return last?.digest === digest && last.lastReconciledStatus === Reason.ReconciliationSucceeded;
}
