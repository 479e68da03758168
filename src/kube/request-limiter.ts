import { sleep, type Clock } from '../base/clock.ts';

/** A ceiling on requests, of all identities of one client together. */
export interface RequestLimiter {
  /** Resolves when a request may be sent; rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<void>;
  /** The API server shares itself out fairly (API Priority and Fairness): no more ceiling. */
  lift(): void;
}

export interface RequestLimit {
  /** Requests a second, in the long run. */
  qps: number;
  /** Requests at once, after a pause. */
  burst: number;
}

/**
 * A token bucket, as client-go's. A server with API Priority and Fairness says so in its first
 * answer and knows better than we whom to keep waiting; the limit is for those without it.
 */
export function createRequestLimiter({ qps, burst }: RequestLimit, clock: Clock): RequestLimiter {
  const lifted = new AbortController();
  let tokens = Math.max(burst, 1);
  let filledAt = clock.now();

  const fill = () => {
    const now = clock.now();
    tokens = Math.min(Math.max(burst, 1), tokens + ((now - filledAt) / 1000) * qps);
    filledAt = now;
  };
  return {
    async take(signal) {
      if (lifted.signal.aborted) return;
      fill();
      tokens--;
      if (tokens >= 0) return;
      const until = signal ? AbortSignal.any([signal, lifted.signal]) : lifted.signal;
      try {
        await sleep(clock, (-tokens / qps) * 1000, until);
      } catch (error) {
        if (lifted.signal.aborted) return;
        // Its turn is for those behind it.
        tokens++;
        throw error;
      }
    },
    lift() {
      // Each abort makes an error with a stack, and every answer lifts.
      if (!lifted.signal.aborted) lifted.abort();
    },
  };
}
