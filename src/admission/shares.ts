import { createTally } from '../base/tally.ts';

/** How much of some work is under way at most. */
export interface ShareLimits {
  ofOne: number;
  ofAll: number;
}

/** Does work for a sender; undefined when too much is under way already. */
export type InShare = <T>(sender: string, work: () => Promise<T>) => Promise<T | undefined>;

/** Bounds what senders can make the process do at a time, so that none of them has it all. */
export function createShares({ ofOne, ofAll }: ShareLimits): InShare {
  const underWay = createTally();
  let all = 0;
  return async (sender, work) => {
    if (underWay.of(sender) >= ofOne || all >= ofAll) return undefined;
    const leave = underWay.enter(sender);
    all++;
    try {
      return await work();
    } finally {
      all--;
      leave();
    }
  };
}
