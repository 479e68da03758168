/** How an item was left; forgotten on restart, which costs a request and nothing else. */
export interface Left {
  /** Of what was written, and as whom. */
  hash: string;
  uid: string;
  /** Of our entry in managedFields. */
  entry: string | undefined;
  atMs: number;
}

/** What this process remembers of one replication: what it saves is requests, never correctness. */
export interface Memory {
  left: Map<string, Left>;
  /** Runs in a row in which something failed. */
  failures: number;
}

/** Memories by uid. */
export interface Memories {
  of(uid: string): Memory;
  forget(uid: string): void;
}

export function createMemories(): Memories {
  const memories = new Map<string, Memory>();
  return {
    of(uid) {
      const known = memories.get(uid) ?? { left: new Map(), failures: 0 };
      memories.set(uid, known);
      return known;
    },
    forget: (uid) => void memories.delete(uid),
  };
}
