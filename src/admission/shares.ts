/** How much of some work is under way at most. */
export interface ShareLimits {
  ofOne: number;
  ofAll: number;
}

/** Does work for a sender; undefined when too much is under way already. */
export type InShare = <T>(sender: string, work: () => Promise<T>) => Promise<T | undefined>;

/** Bounds what senders can make the process do at a time, so that none of them has it all. */
export function createShares({ ofOne, ofAll }: ShareLimits): InShare {
  const underWay = new Map<string, number>();
  let all = 0;
  return async (sender, work) => {
    const mine = underWay.get(sender) ?? 0;
    if (mine >= ofOne || all >= ofAll) return undefined;
    underWay.set(sender, mine + 1);
    all++;
    try {
      return await work();
    } finally {
      all--;
      const left = (underWay.get(sender) ?? 1) - 1;
      if (left === 0) underWay.delete(sender);
      else underWay.set(sender, left);
    }
  };
}
