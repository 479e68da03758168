import { createTally } from '../../base/tally.ts';
import { Refusal } from '../refusal.ts';
import type { Caller } from '../caller/caller.ts';

/** How much one caller may have under way at once; 0: any number. */
export interface CallerLimits {
  /** What is soon over. */
  requests: number;
  /** What lasts: watches, logs, terminals and forwarded ports. */
  watches: number;
}

/** Counts one more for its caller; the returned function, called once, counts it no longer. */
export type Enter = (caller: Caller, what: keyof CallerLimits) => () => void;

const retryAfter = 1;

/**
 * Keeps one caller from taking what others need: memory, and the API server's attention, which takes all
 * filtered reads for the proxy's own. Callers are told apart by the name of the user whose credential it
 * is, so that to act as many makes nobody many. Throws a Refusal 429, which clients wait for.
 */
export function createCallerLimits(limits: CallerLimits): Enter {
  const underWay = { requests: createTally(), watches: createTally() };
  return ({ user }, what) => {
    const [counts, limit] = [underWay[what], limits[what]];
    if (limit > 0 && counts.of(user) >= limit) {
      const message = `too many ${what} at once: this proxy serves one user up to ${limit}`;
      throw new Refusal({ code: 429, reason: 'TooManyRequests', message }, { retryAfter });
    }
    return counts.enter(user);
  };
}
