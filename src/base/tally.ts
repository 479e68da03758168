/** How much is under way, by name. A name of which nothing is under way takes no room. */
export interface Tally {
  of(name: string): number;
  /** Names of which something is under way. */
  readonly size: number;
  /** Counts one more; the returned function, called once, counts it no longer. */
  enter(name: string): () => void;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const of = (name: string) => counts.get(name) ?? 0;
  return {
    of,
    get size() {
      return counts.size;
    },
    enter(name) {
      counts.set(name, of(name) + 1);
      return () => {
        const left = of(name) - 1;
        if (left > 0) counts.set(name, left);
        else counts.delete(name);
      };
    },
  };
}
