import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';

/** A watch that is running, and whether it still shows what it should. */
export interface RunningScope {
  /** Resolves to whether the decision about it would be another one now. */
  hasChanged(): Promise<boolean>;
  /** Called once, when it has. */
  end(): void;
}

/** The watches that are running: looked at again when something may have changed for them. */
export interface WatchedScopes {
  /** Changes so far: taken before a decision, it tells whether something changed meanwhile. */
  readonly changes: number;
  /** Looks at a watch that was decided about at that time; the returned function ends that. */
  add(scope: RunningScope, decidedAt: number): () => void;
  /** Something changed of what decides who sees what. */
  changed(): void;
}

/** Changes come in bursts: they are looked at together. */
const settleMs = 100;
/** Watches that are looked at before other requests get their turn. */
const atATime = 50;

/** Ends watches whose scope has changed, soon after `changed`. */
export function createWatchedScopes(clock: Clock, log: Log): WatchedScopes {
  const running = new Set<RunningScope>();
  let isDue = false;
  let isLooking = false;

  const endIfChanged = async (scope: RunningScope) => {
    const isOther = await scope.hasChanged().catch((error: unknown) => {
      // Not to know what may be seen is no reason to go on showing it.
      log.error('a watch ends: what its client may see is not known', error);
      return true;
    });
    if (isOther && running.delete(scope)) scope.end();
  };

  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    while (isDue) {
      isDue = false;
      const scopes = [...running];
      for (let from = 0; from < scopes.length; from += atATime) {
        await Promise.all(scopes.slice(from, from + atATime).map(endIfChanged));
        await nextTurn();
      }
    }
    isLooking = false;
  };

  let changes = 0;
  const schedule = () => {
    if (isDue) return;
    isDue = true;
    clock.after(settleMs, () => void look());
  };

  return {
    get changes() {
      return changes;
    },
    add(scope, decidedAt) {
      running.add(scope);
      if (decidedAt !== changes) schedule();
      return () => void running.delete(scope);
    },
    changed() {
      changes += 1;
      schedule();
    },
  };
}
