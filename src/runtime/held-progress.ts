import { equalJson } from '../base/json.ts';
import type { Condition } from '../kube/object.ts';
import type { Settlement } from './settle.ts';

/**
 * How long work goes on before the status says so. What is over sooner (a Deployment that becomes
 * healthy, a CRD that is established) is told once, by its end: half the writes of an upgrade. While many
 * are upgraded at once, Kubernetes takes a few seconds for a Deployment that takes one on its own.
 */
export const announceAfterMs = 3_000;

/**
 * The same while other objects wait for a worker. What is waited for takes its time because of them, and
 * to say so of each would be the larger part of all that is written; it is as if its turn had come later.
 */
export const announceBehindMs = 30_000;

/**
 * How much longer a settlement may stay unwritten; 0: write it now. Only work under way is held
 * back, and only what the status would say of it: an end, good or bad, is written at once.
 */
export function holdBackMs(
  settlement: Pick<Settlement, 'verdict' | 'conditions'>,
  /** As the status has them. */
  written: readonly Condition[],
  { since, now, isBusy }: { since: number | undefined; now: number; isBusy: boolean },
): number {
  if (settlement.verdict !== 'underway') return 0;
  if (equalJson(settlement.conditions, written)) return 0;
  const afterMs = isBusy ? announceBehindMs : announceAfterMs;
  return Math.max((since ?? now) + afterMs - now, 0);
}
