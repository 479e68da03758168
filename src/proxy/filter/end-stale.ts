import { sleep, type Clock } from '../../base/clock.ts';
import type { WatchedScopes } from './watched-scopes.ts';

/** How long watches may go on after what decides about them has become too old. */
const lookMs = 5_000;

/**
 * Has running watches looked at while what decides about them is not current: nobody tells of a right
 * that is taken away then. Runs until the signal aborts; never rejects.
 */
export async function endStale(options: {
  scopes: Pick<WatchedScopes, 'changed'>;
  isCurrent(): boolean;
  clock: Clock;
  signal: AbortSignal;
}): Promise<void> {
  const { scopes, isCurrent, clock, signal } = options;
  while (!signal.aborted) {
    await sleep(clock, lookMs, signal).catch(() => {});
    if (!isCurrent()) scopes.changed();
  }
}
