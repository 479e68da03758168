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
  /**
   * Counts one more drift of the object and says how long its correction should wait; undefined
   * while an earlier one waits, which will correct this one as well.
   */
  delayFor(id: string): number | undefined;
  /** The wait is over. */
  release(id: string): void;
  /** A correction of the object waits for its time. */
  isHeld(id: string): boolean;
}

/**
 * Corrects drift at once, and more and more slowly what is undone again and again: two writers
 * that disagree must not keep each other, and the API server, busy.
 */
export function createDriftPace(clock: Clock): DriftPace {
  const drifts = new Map<string, { count: number; last: number; isHeld: boolean }>();
  return {
    delayFor(id) {
      const now = clock.now();
      const known = drifts.get(id);
      if (known?.isHeld) return undefined;
      const count = known && now - known.last < calmMs ? known.count + 1 : 1;
      const doublings = count - freeCorrections - 1;
      const delayMs = doublings < 0 ? 0 : Math.min(firstDelayMs * 2 ** doublings, maxDelayMs);
      drifts.delete(id);
      drifts.set(id, { count, last: now, isHeld: delayMs > 0 });
      const [oldest] = drifts.keys();
      if (drifts.size > maxObjects && oldest !== undefined) drifts.delete(oldest);
      return delayMs;
    },
    release(id) {
      const known = drifts.get(id);
      if (known) known.isHeld = false;
    },
    isHeld: (id) => drifts.get(id)?.isHeld === true,
  };
}
