export interface Backoff {
  /** The next wait in milliseconds: twice the last one at most, spread over its upper half. */
  next(): number;
  /** After success: the next failure starts over. */
  reset(): void;
}

/**
 * Exponential waits with jitter, so that clients a failure threw off together come back apart. Short
 * ones: there is one watch per kind, and until it is back a grant taken back is not seen.
 */
export function createBackoff({ firstMs = 500, maxMs = 5_000 } = {}): Backoff {
  let ceiling = firstMs;
  return {
    next() {
      const waitMs = ceiling * (0.5 + Math.random() / 2);
      ceiling = Math.min(ceiling * 2, maxMs);
      return Math.round(waitMs);
    },
    reset() {
      ceiling = firstMs;
    },
  };
}
