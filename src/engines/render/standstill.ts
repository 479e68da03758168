import type { Clock } from '../../base/clock.ts';
import { createTally } from '../../base/tally.ts';
import type { EngineProcess } from './engine-process.ts';

/** A build that never seems to end, and whose it is. */
export interface EndlessJob {
  tenant: string;
  engine: Pick<EngineProcess, 'pause' | 'resume'>;
}

/** Keeps endless builds out of the way of everybody else's work. */
export interface Standstill {
  /** Until disposed of, work of that tenant is under way, for which endless builds of others stand still. */
  makeWay(tenant: string): Disposable;
  /** From now on the job makes way; the returned function lets go of it. */
  include(job: EndlessJob): () => void;
}

/**
 * Work that lasts must not keep a build from its end, which may be a large one with its deadline before it:
 * it gets half of the time.
 */
const longestStillMs = 200;
const breatherMs = 200;

/**
 * Low priority alone leaves a mark: an endless build takes each moment that nobody else wants, and has
 * to be preempted whenever somebody does, dozens of times in the short while that another tenant's
 * change takes.
 */
export function createStandstill(clock: Clock): Standstill {
  const atWork = createTally();
  const jobs = new Set<ReturnType<typeof follow>>();
  const isWanted = ({ tenant }: EndlessJob) => atWork.size > (atWork.of(tenant) > 0 ? 1 : 0);

  function follow(job: EndlessJob) {
    let state: 'runs' | 'still' | 'breather' = 'runs';
    let cancel = () => {};

    function look(): void {
      if (state === 'runs' && isWanted(job)) {
        job.engine.pause();
        state = 'still';
        cancel = clock.after(longestStillMs, breathe);
      } else if (state === 'still' && !isWanted(job)) {
        goOn('runs');
      }
    }
    function breathe(): void {
      goOn('breather');
      cancel = clock.after(breatherMs, () => {
        state = 'runs';
        look();
      });
    }
    function goOn(next: 'runs' | 'breather'): void {
      cancel();
      if (state === 'still') job.engine.resume();
      state = next;
    }
    return { look, end: () => goOn('runs') };
  }

  function lookAgain(): void {
    for (const { look } of jobs) look();
  }

  return {
    makeWay(tenant) {
      const leave = atWork.enter(tenant);
      lookAgain();
      return {
        [Symbol.dispose]() {
          leave();
          lookAgain();
        },
      };
    },
    include(job) {
      const followed = follow(job);
      jobs.add(followed);
      followed.look();
      return () => {
        jobs.delete(followed);
        followed.end();
      };
    },
  };
}
