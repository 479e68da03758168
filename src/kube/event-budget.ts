import type { Clock } from '../base/clock.ts';

const burst = 25;
const refillMs = 5 * 60_000;
const maxObjects = 4096;

/** How many events each object may still cause: a burst, then one per five minutes (as client-go). */
export class EventBudget {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Spends one event of `object`; false when there is none left. */
  take(object: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(object) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    const allowed = tokens >= 1;
    this.#buckets.delete(object);
    this.#buckets.set(object, { tokens: allowed ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > maxObjects) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return allowed;
  }
}
