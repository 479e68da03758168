import { sleep, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { KubeClient } from './client.ts';
import { LeaseRecord } from './lease-record.ts';

export interface LeaseOptions {
  /** With connections of its own (createClient): renewals must not queue behind reconciles. */
  client: KubeClient;
  /** The Lease, in the namespace the process runs in. */
  namespace: string;
  name: string;
  /** Who holds it; unique per process: `<pod>_<random>`. */
  holder: string;
  clock: Clock;
  log: Log;
  /** How long others wait for a holder that is silent. */
  leaseMs?: number;
  /** How long a holder tries to renew before it gives up; shorter than `leaseMs`. */
  renewMs?: number;
  /** Time between two tries. */
  retryMs?: number;
  /** False leaves the Lease to expire at the end: the next holder waits for `leaseMs`. */
  releases?: boolean;
  /** Ends leadership, or waiting for it; the Lease is then released for the next at once. */
  signal: AbortSignal;
}

/** Durations as Flux's controllers have them. */
const defaults = { leaseMs: 35_000, renewMs: 30_000, retryMs: 5_000 };

/** Thrown into work whose Lease was lost: another process may already lead. */
export class LeadershipLostError extends Error {
  override name = 'LeadershipLostError';
}

/**
 * Waits to become the holder of a Lease (coordination.k8s.io/v1), then runs `work` for as long as
 * it is.
 *
 * Flow: one process at a time runs `work`; its signal aborts when `signal` does or when the Lease
 * could not be renewed for `renewMs`. Resolves once `signal` aborted (with what `work` made of it)
 * and the Lease is released, or when `work` ended by itself.
 * Guarantees: as long as clocks run at the same rate, `work` is told to stop before another holder
 * starts. Assumes that `work` stops within `leaseMs - renewMs` of its signal.
 *
 * @throws LeadershipLostError when leadership was lost; the process should exit.
 */
export async function runAsLeader(
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, clock, log, holder, releases = true } = options;
  const { leaseMs, renewMs, retryMs } = { ...defaults, ...options };
  const record = new LeaseRecord({ ...options, leaseMs });
  while (!signal.aborted) {
    if (await attempt(() => record.acquire(signal), log)) break;
    await pause(clock, jittered(retryMs), signal);
  }
  if (signal.aborted) return;
  log.info('became leader', { lease: options.name, holder });

  const lost = new AbortController();
  const working = AbortSignal.any([signal, lost.signal]);
  const done = new AbortController();
  const renewing = renew({ record, clock, log, renewMs, retryMs, until: done.signal, lost });
  try {
    await work(working);
    lost.signal.throwIfAborted();
  } catch (error) {
    if (lost.signal.aborted) throw lost.signal.reason;
    throw error;
  } finally {
    done.abort();
    await renewing;
    if (releases && !lost.signal.aborted) await attempt(() => record.release(), log);
  }
}

/** Renews until told to end; aborts `lost` when that fails for too long. */
async function renew(options: {
  record: LeaseRecord;
  clock: Clock;
  log: Log;
  renewMs: number;
  retryMs: number;
  until: AbortSignal;
  lost: AbortController;
}): Promise<void> {
  const { record, clock, log, renewMs, retryMs, until, lost } = options;
  const remainingMs = () => record.renewedAt + renewMs - clock.now();
  for (;;) {
    await pause(clock, Math.min(retryMs, remainingMs()), until);
    if (until.aborted) return;
    const left = remainingMs();
    const renewed =
      left > 0 && (await attempt(() => within(clock, left, (by) => record.acquire(by)), log));
    if (!renewed && (record.isHeldByOther || remainingMs() <= 0)) {
      lost.abort(new LeadershipLostError('the leader lease was lost'));
      return;
    }
  }
}

/** Runs `task` under a deadline. */
async function within<T>(
  clock: Clock,
  ms: number,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => controller.abort(new Error('the deadline passed')));
  try {
    return await task(controller.signal);
  } finally {
    cancel();
  }
}

/** False when `task` said so or failed: every failure of election is a reason to try again. */
async function attempt(task: () => Promise<boolean>, log: Log): Promise<boolean> {
  try {
    return await task();
  } catch (error) {
    log.debug('lease request failed', { cause: messageOf(error) });
    return false;
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal).catch(() => {});
}

/** Processes that were started together must not ask together. */
const jittered = (ms: number) => Math.round(ms * (1 + Math.random() * 0.2));
