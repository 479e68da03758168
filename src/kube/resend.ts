import { sleep, type Clock } from '../base/clock.ts';
import { createBackoff } from './backoff.ts';
import { isConnectionReset, type Answer } from './transport.ts';

export interface ResendPolicy {
  /** Answers 429 (and 503 with Retry-After for idempotent requests) asked again at most this often. */
  maxThrottled: number;
  /**
   * Idempotent requests sent again at most this often when a 503 says no more than that: an API server
   * on its way up, or one that an aggregated server or a load balancer did not reach just now.
   */
  maxUnavailable: number;
  /** Longest single wait; a server that asks for more gets its answer passed on. */
  maxWaitMs: number;
  /** Idempotent requests sent again at most this often when the connection broke under them. */
  maxResets: number;
}

export const defaultResendPolicy: ResendPolicy = {
  maxThrottled: 5,
  maxUnavailable: 3,
  maxWaitMs: 10_000,
  maxResets: 2,
};

export interface ResendOptions {
  idempotent: boolean;
  clock: Clock;
  policy: ResendPolicy;
  signal?: AbortSignal | undefined;
}

/**
 * Sends until there is an answer worth giving to the caller. A 429 was not executed, so any
 * request may follow it; a broken connection leaves that open, so only idempotent ones do.
 */
export async function resend<A extends Head>(
  send: () => Promise<A>,
  { idempotent, clock, policy, signal }: ResendOptions,
): Promise<A> {
  const unavailable = createBackoff({ firstMs: 200, maxMs: 1_000 });
  let [throttled, turnedAway, resets] = [0, 0, 0];
  for (;;) {
    try {
      const answer = await send();
      if (isBareUnavailable(answer) && idempotent && turnedAway++ < policy.maxUnavailable) {
        discard(answer);
        await sleep(clock, unavailable.next(), signal);
        continue;
      }
      const waitMs = throttleMs(answer, idempotent);
      if (waitMs === undefined || waitMs > policy.maxWaitMs) return answer;
      if (throttled++ >= policy.maxThrottled) return answer;
      discard(answer);
      // Those turned away together must not come back together.
      await sleep(clock, waitMs * (1 + Math.random() / 4), signal);
    } catch (error) {
      if (!idempotent || !isConnectionReset(error) || resets++ >= policy.maxResets) throw error;
      await sleep(clock, 50 * resets * Math.random(), signal);
    }
  }
}

/** Lets go of the body of a streamed answer that nobody will read. */
export function discard(answer: object): void {
  if ('discard' in answer && typeof answer.discard === 'function') answer.discard();
}

type Head = Pick<Answer, 'status' | 'retryAfter'>;

/** It does not say when to come again; client-go, whose callers all try again later, gives up here. */
const isBareUnavailable = ({ status, retryAfter }: Head) =>
  status === 503 && retryAfter === undefined;

/** How long the server asked us to wait; undefined for an answer that is final. */
function throttleMs({ status, retryAfter }: Head, idempotent: boolean): number | undefined {
  const repeatable = status === 429 || (status === 503 && idempotent);
  if (!repeatable || retryAfter === undefined || !/^\d{1,6}$/.test(retryAfter)) return undefined;
  return Math.max(Number(retryAfter) * 1000, 100);
}
