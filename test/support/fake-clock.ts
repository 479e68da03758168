import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';

/** A clock that only moves when told to. */
export interface FakeClock extends Clock {
  /** Moves time on, firing due timers in order; nothing asynchronous happens in between. */
  tick(ms: number): void;
  /** Moves time on, letting promises (and loopback IO that is ready) settle around each timer. */
  advance(ms: number): Promise<void>;
  /** Moves to the next timer and fires it; false when there is none. */
  next(): boolean;
  /** Timers not yet fired. */
  readonly pending: number;
}

interface Timer {
  at: number;
  callback: () => void;
}

/** Starts at `startMs` (by default 2026-01-01T00:00:00Z). */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Timer>();
  let now = startMs;

  /** The earliest timer due by `limit`; among equals the one set first. */
  const earliest = (limit: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= limit && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  };
  const fire = (timer: Timer) => {
    timers.delete(timer);
    now = Math.max(now, timer.at);
    timer.callback();
  };

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(ms, 0), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    tick(ms) {
      const end = now + ms;
      for (let timer = earliest(end); timer; timer = earliest(end)) fire(timer);
      now = end;
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (let timer = earliest(end); timer; timer = earliest(end)) {
        fire(timer);
        await settled();
      }
      now = end;
    },
    next() {
      const timer = earliest(Infinity);
      if (timer) fire(timer);
      return timer !== undefined;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets everything that is already resolved run to its next real wait. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
