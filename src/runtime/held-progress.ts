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
 * How much longer a settlement may stay unwritten; 0: write it now. Only work under way is held
 * back, and only what the status would say of it: an end, good or bad, is written at once.
 */
export function holdBackMs(
  settlement: Pick<Settlement, 'verdict' | 'conditions'>,
  /** As the status has them. */
  written: readonly Condition[],
  { since, now }: { since: number | undefined; now: number },
): number {
  if (settlement.verdict !== 'underway') return 0;
  if (equalJson(settlement.conditions, written)) return 0;
  return since === undefined ? announceAfterMs : Math.max(since + announceAfterMs - now, 0);
}
