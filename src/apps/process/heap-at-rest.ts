import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../../base/clock.ts';

/** What a look at the process shows. */
export interface HeapLook {
  /** Part of the time since the look before that the event loop was at work, from 0 to 1. */
  busy: number;
  /** Memory that V8 holds, whether objects are in it or not. */
  heldBytes: number;
}

export interface HeapAtRestOptions {
  clock: Clock;
  look?: () => HeapLook;
  /** A full collection. */
  collect?: () => void;
}

const lookMs = 10_000;
/** A process that works less than this has a moment for a collection. */
const restingPart = 0.1;
/** What has to come together to be worth it, and a part of what was held at rest before. */
const worthwhileBytes = 16 * 2 ** 20;
const worthwhilePart = 0.2;
/** Between two collections, as a process that always does a little fills its heap too. */
const pauseMs = 30_000;

/**
 * Collects garbage once work has ended, until disposed of. V8 collects when it needs room, so that a
 * process that came to rest keeps what its busiest moment left: over a hundred MB after a thousand
 * Kustomizations. The collection takes a tenth of a second, in which nobody waits for anything; V8 then
 * gives the pages back by itself.
 */
export function collectAtRest(options: HeapAtRestOptions): Disposable {
  const { clock, look = lookAtHeap(), collect = openCollector() } = options;
  let atRest = 0;
  let collectedAt = -Infinity;
  let cancel = () => {};
  const turn = () => {
    const seen = look();
    if (isWorthCollecting(seen, atRest) && clock.now() - collectedAt >= pauseMs) {
      collect();
      collectedAt = clock.now();
      atRest = look().heldBytes;
    } else {
      // Pages are given back little by little.
      atRest = Math.min(atRest, seen.heldBytes);
    }
    cancel = clock.after(lookMs, turn);
  };
  cancel = clock.after(lookMs, turn);
  return { [Symbol.dispose]: () => cancel() };
}

/** Whether a collection is likely to give much back, and disturbs nobody. */
function isWorthCollecting({ busy, heldBytes }: HeapLook, atRest: number): boolean {
  const growth = heldBytes - atRest;
  return busy < restingPart && growth > Math.max(worthwhileBytes, worthwhilePart * atRest);
}

function lookAtHeap(): () => HeapLook {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const { total_physical_size: heap, external_memory: external } = getHeapStatistics();
    return { busy: utilization, heldBytes: heap + external };
  };
}

/** V8's own collector: flags count for contexts that are made after they are set. */
function openCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
