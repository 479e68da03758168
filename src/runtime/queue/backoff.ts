/** Milliseconds to wait after the given number of failures in a row (1 for the first). */
export type Backoff = (failures: number) => number;

export interface BackoffOptions {
  /** Wait after the first failure. */
  minMs: number;
  /** Ceiling. */
  maxMs: number;
  /** Largest part of a wait that chance takes away, so that what failed together returns apart. */
  jitter?: number;
  /** A number in [0, 1). */
  random?: () => number;
}

/** Doubles from `minMs` to `maxMs` (`--min-retry-delay 750ms`, `--max-retry-delay 15m`). */
export function exponentialBackoff(options: BackoffOptions): Backoff {
  const { minMs, maxMs, jitter = 0.2, random = Math.random } = options;
  return (failures) => {
    const full = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 52));
    return Math.max(Math.min(minMs, maxMs), full * (1 - jitter * random()));
  };
}
