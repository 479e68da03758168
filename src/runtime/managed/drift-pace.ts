import type { Clock } from '../../base/clock.ts';

/** Corrections of one object that are made at once before they are spaced out. */
const freeCorrections = 3;
const firstDelayMs = 1_000;
const maxDelayMs = 5 * 60_000;
/** After this long without drift, an object starts over. */
const calmMs = 10 * 60_000;
const maxObjects = 10_000;

/** How long to wait before the next correction of an object. */
export interface DriftPace {
  /** Counts one more drift of the object and says how long its correction should wait. */
  delayFor(id: string): number;
}

/**
 * Corrects drift at once, and more and more slowly what is undone again and again: two writers
 * that disagree must not keep each other, and the API server, busy.
 */
export function createDriftPace(clock: Clock): DriftPace {
  const drifts = new Map<string, { count: number; last: number }>();
  return {
    delayFor(id) {
      const now = clock.now();
      const known = drifts.get(id);
      const count = known && now - known.last < calmMs ? known.count + 1 : 1;
      drifts.delete(id);
      drifts.set(id, { count, last: now });
      const [oldest] = drifts.keys();
      if (drifts.size > maxObjects && oldest !== undefined) drifts.delete(oldest);
      const doublings = count - freeCorrections - 1;
      return doublings < 0 ? 0 : Math.min(firstDelayMs * 2 ** doublings, maxDelayMs);
    },
  };
}
