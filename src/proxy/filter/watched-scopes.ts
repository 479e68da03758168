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
  /** Looks at a watch from now on; the returned function ends that. */
  add(scope: RunningScope): () => void;
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

  return {
    add(scope) {
      running.add(scope);
      return () => void running.delete(scope);
    },
    changed() {
      if (isDue) return;
      isDue = true;
      clock.after(settleMs, () => void look());
    },
  };
}
