import { toTimestamp } from '../base/clock.ts';
import { redact } from '../base/redact.ts';
import type { Condition } from '../kube/object.ts';

/** A condition as a verdict states it; the rest follows from what was there before. */
export type ConditionFact = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Characters of a condition's or an event's message; the API server takes 32768. */
export const maxMessageLength = 8192;

/** Those that settle owns come first, so that people and `kubectl get -o yaml` see them first. */
const order = ['Ready', 'Reconciling', 'Stalled'];

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * Conditions after `facts` are stated and `removed` types are gone, in a stable order.
 * lastTransitionTime moves only when the status does. Messages are redacted and capped.
 */
export function mergeConditions(
  before: readonly Condition[],
  facts: readonly ConditionFact[],
  removed: Iterable<string>,
  at: { now: number; generation: number | undefined },
): Condition[] {
  const merged = new Map(before.map((condition) => [condition.type, condition]));
  for (const type of removed) merged.delete(type);
  for (const { type, status, reason, message } of facts) {
    const old = findCondition(before, type);
    // A type that is stated is not removed, whatever else says so.
    merged.set(type, {
      type,
      status,
      reason: toReason(reason),
      message: toMessage(message),
      ...(at.generation === undefined ? {} : { observedGeneration: at.generation }),
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : toTimestamp(at.now),
    });
  }
  return [...merged.values()].sort(
    (a, b) => rankOf(a.type) - rankOf(b.type) || (a.type < b.type ? -1 : 1),
  );
}

/** A message that anybody may read: no credentials, and not longer than a status may hold. */
export function toMessage(text: string): string {
  const clean = redact(text).toWellFormed();
  if (clean.length <= maxMessageLength) return clean;
  return `${clean.slice(0, maxMessageLength - 1).toWellFormed()}…`;
}

/** A reason that the API server accepts (metav1.Condition), whatever the text was. */
function toReason(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_,:]/g, '').replace(/^[^A-Za-z]+|[,:]+$/g, '');
  return clean === '' ? 'Unknown' : clean.slice(0, 1024);
}

function rankOf(type: string): number {
  const rank = order.indexOf(type);
  return rank < 0 ? order.length : rank;
}
