import type { ObjectKey } from '../../kube/object.ts';

/** What becomes of a claim on a pool. */
export type ClaimVerdict =
  | { verdict: 'allocated' }
  /** `message` says of which resources there is less than is asked for. */
  | { verdict: 'pool-exhausted' | 'queue-exhausted'; message: string }
  /** It asks for what this pool never has. */
  | { verdict: 'unavailable'; message: string };

/** A claim as its pool sees it. */
export interface BookedClaim {
  key: ObjectKey;
  verdict: ClaimVerdict;
  /** What it got is used. */
  isInUse: boolean;
}

/** What pools have decided about claims, for those who tell it to the claims; by the pools' uids. */
export interface PoolBook {
  /** Replaces what was decided; whom that concerns is told. */
  put(pool: string, claims: ReadonlyMap<string, BookedClaim>): void;
  drop(pool: string): void;
  /** Undefined when the pool does not know the claim, or when nothing is decided yet. */
  find(pool: string, claim: string): BookedClaim | undefined;
  onChange(listener: (claim: ObjectKey) => void): void;
}

export function createPoolBook(): PoolBook {
  const pools = new Map<string, ReadonlyMap<string, BookedClaim>>();
  const listeners = new Set<(claim: ObjectKey) => void>();
  const tell = (claims: Iterable<BookedClaim>) => {
    for (const { key } of claims) for (const listener of listeners) listener(key);
  };
  return {
    put(pool, claims) {
      const before = pools.get(pool) ?? new Map<string, BookedClaim>();
      pools.set(pool, claims);
      const changed = [...claims].filter(([uid, claim]) => !isSame(before.get(uid), claim));
      const gone = [...before].filter(([uid]) => !claims.has(uid));
      tell([...changed, ...gone].map(([, claim]) => claim));
    },
    drop(pool) {
      const before = pools.get(pool);
      pools.delete(pool);
      if (before) tell(before.values());
    },
    find: (pool, claim) => pools.get(pool)?.get(claim),
    onChange: (listener) => void listeners.add(listener),
  };
}

function isSame(before: BookedClaim | undefined, after: BookedClaim): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}
