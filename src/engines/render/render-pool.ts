import { systemClock, type Clock } from '../../base/clock.ts';
import { isAbort } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { EngineProcess, EngineRequest, EngineResponse } from './engine-process.ts';
import { createEngineSlots, type ProcessChange, type Slot } from './engine-slots.ts';
import { runJob } from './run-job.ts';
import { RenderError } from './render-error.ts';
import { createSlotQueue } from './slot-queue.ts';
import { createStandstill } from './standstill.ts';

/** What a pool tells whoever counts; callbacks must not throw. */
export interface RenderPoolMetrics {
  /** A job ended: `ok`, `aborted`, `failed`, or the code of its {@link RenderError}. */
  jobEnded?(job: { tenant: string; outcome: string; waitedMs: number; ranMs: number }): void;
  processChanged?(change: ProcessChange): void;
}

/** What a pool may use. */
export interface RenderPoolOptions {
  /** Path of the built native/engine. */
  binary: string;
  /** Processes at most, and so jobs at once. */
  size: number;
  /** Ceiling of one process. */
  maxMemoryBytes: number;
  /** Of a job from when it has a process; a job may ask for another. */
  deadlineMs: number;
  log: Log;
  /** Lets kustomizations fetch bases over the network, with git. Off unless the operator says so. */
  allowRemote?: boolean;
  /** Of one response. */
  maxResponseBytes?: number;
  /** How long a process beyond the first stays without work. */
  idleMs?: number;
  metrics?: RenderPoolMetrics;
  clock?: Clock;
}

/** Who a job is for, and how long it may take. */
export interface JobOptions {
  /** Jobs of a tenant wait for each other, not for other tenants'. */
  tenant: string;
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Jobs with the same text go to the same process if it is free: it holds their artifact. */
  affinity?: string | undefined;
}

/** An engine for the time of one job: calls run one after the other, in the same process. */
export type EngineSession = Pick<EngineProcess, 'request'>;

/**
 * Engine processes shared by all tenants, so that none can hurt another.
 *
 * Flow: jobs wait in turns between tenants; a free process, or a new one while there are fewer than
 * `size`, takes the next.
 * Guarantees: of two or more processes a tenant never occupies all. A job that goes on gives
 * way to all others, one that never ends stands still for them, and its process serves no other
 * afterwards. A job that exceeds its deadline
 * or memory, or is aborted, ends with its process, which is replaced at once; it hurts no other
 * job. Every job is answered, with its result or an error.
 * Assumption: jobs have no effect outside their process.
 */
export interface RenderPool {
  /** Runs `work` with a process of its own. Throws {@link RenderError} or the signal's reason. */
  run<Result>(
    options: JobOptions,
    work: (engine: EngineSession) => Promise<Result>,
  ): Promise<Result>;
  /** One request as a job of its own. */
  request(request: JobOptions & EngineRequest): Promise<EngineResponse>;
  /** Until disposed of, other work of the tenant is under way: endless jobs of others stand still. */
  makeWay(tenant: string): Disposable;
  /** Refuses new jobs, lets those that run or wait finish, and stops the processes. */
  close(): Promise<void>;
}

/** A pool with one process started ahead. */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const { metrics = {}, clock = systemClock } = options;
  const jobs = new Set<Promise<unknown>>();
  const { makeWay, include } = createStandstill(clock);
  let closed = false;

  const slots = createEngineSlots({
    allowRemote: false,
    maxResponseBytes: 64 << 20,
    idleMs: 60_000,
    ...options,
    clock,
    onChange: (change) => metrics.processChanged?.(change),
    onRoom: () => queue.dispatch(),
  });
  const queue = createSlotQueue(slots, Math.max(1, options.size - 1));

  async function attempt<Result>(
    job: JobOptions,
    work: (engine: EngineSession) => Promise<Result>,
  ): Promise<Result> {
    const { tenant, signal, deadlineMs = options.deadlineMs } = job;
    using _way = makeWay(tenant);
    const askedAt = clock.now();
    let [startedAt, slot]: [number?, Slot?] = [];
    let outcome = 'ok';
    try {
      slot = await queue.enter(job);
      startedAt = clock.now();
      const onEndless = (engine: EngineProcess) => include({ tenant, engine });
      return await runJob(await slot.engine, { deadlineMs, signal, clock, onEndless }, work);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      if (slot) queue.leave(slot, tenant);
      const endedAt = clock.now();
      const waitedMs = (startedAt ?? endedAt) - askedAt;
      const ranMs = endedAt - (startedAt ?? endedAt);
      metrics.jobEnded?.({ tenant, outcome, waitedMs, ranMs });
    }
  }

  async function run<Result>(
    job: JobOptions,
    work: (engine: EngineSession) => Promise<Result>,
  ): Promise<Result> {
    if (closed) throw new RenderError('engine-unavailable', 'The render pool is closed');
    const result = attempt(job, work);
    jobs.add(result);
    return result.finally(() => jobs.delete(result));
  }

  return {
    run,
    makeWay,
    request: (request) => run(request, (engine) => engine.request(request)),
    async close() {
      closed = true;
      await Promise.allSettled(jobs);
      await slots.stop();
    },
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof RenderError) return error.code;
  return isAbort(error) ? 'aborted' : 'failed';
}
