import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { unavailable } from '../refusal.ts';

/**
 * Whether the API server may be believed when it says no. One that has just started does not know all
 * roles, accounts and kinds yet, and refuses what it would allow a moment later.
 */
export interface Readiness {
  isReady(): Promise<boolean>;
  /** @throws Refusal 503: what has been refused may be allowed */
  assertReady(): Promise<void>;
  /** A request has met nobody: whoever answers next may have just started. */
  doubt(): void;
}

/** How long it counts that it was ready: less than a restart takes. */
const heldMs = 500;
/** What was answered before it was found to be ready may have been answered too early. */
const settleMs = 1_000;
const timeoutMs = 2_000;

/** Asks `/readyz`, and only when somebody wants to know. */
export function createReadiness(client: Pick<KubeClient, 'raw'>, clock: Clock): Readiness {
  let readyUntil = -Infinity;
  let doubtedAt = -Infinity;
  let asking: Promise<void> | undefined;

  const doubt = () => {
    doubtedAt = clock.now();
    readyUntil = -Infinity;
  };
  const ask = async () => {
    const askedAt = clock.now();
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      await client.raw({ method: 'GET', path: '/readyz', signal });
      if (doubtedAt < askedAt) readyUntil = askedAt + heldMs;
    } catch {
      doubt();
    }
  };
  const isReady = async () => {
    if (clock.now() >= readyUntil) await (asking ??= ask().finally(() => (asking = undefined)));
    return clock.now() - doubtedAt >= settleMs;
  };
  return {
    isReady,
    doubt,
    async assertReady() {
      if (!(await isReady())) throw unavailable('the API server is not ready');
    },
  };
}
