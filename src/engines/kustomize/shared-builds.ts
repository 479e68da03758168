import type { EngineSession, JobOptions, RenderPool } from '../render/render-pool.ts';

/** One piece of work that several callers may want at once. */
export interface SharedJob<Result> extends JobOptions {
  /** Callers with the same key want the same result. */
  key: string;
  work: (engine: EngineSession) => Promise<Result>;
}

/** Work in progress, by key. */
export interface SharedBuilds<Result> {
  /** The result of the work, done once for all who ask while it waits or runs. */
  run(job: SharedJob<Result>): Promise<Result>;
}

interface Entry<Result> {
  result: PromiseWithResolvers<Result>;
  /** Those who still want it. */
  callers: number;
  /** One per place in the pool's queue; only the one that runs is left once one does. */
  places: Set<AbortController>;
  started: boolean;
}

/**
 * Lets callers of the same work share it without sharing their place in the queue: each waits in
 * its own tenant's turn, whoever's turn comes first does the work, and the others leave the queue.
 * So a busy tenant cannot delay another one by asking for the same. The work ends early only when
 * nobody wants it any more.
 */
export function createSharedBuilds<Result>(pool: Pick<RenderPool, 'run'>): SharedBuilds<Result> {
  const entries = new Map<string, Entry<Result>>();

  function entryOf(key: string): Entry<Result> {
    const known = entries.get(key);
    if (known) return known;
    const result = Promise.withResolvers<Result>();
    const entry: Entry<Result> = { result, callers: 0, places: new Set(), started: false };
    entries.set(key, entry);
    return entry;
  }

  function settle(key: string, entry: Entry<Result>): void {
    if (entries.get(key) === entry) entries.delete(key);
  }

  async function queueUp(job: SharedJob<Result>, entry: Entry<Result>): Promise<void> {
    const place = new AbortController();
    entry.places.add(place);
    try {
      const result = await pool.run({ ...job, signal: place.signal }, (engine) => {
        entry.started = true;
        for (const other of entry.places) if (other !== place) other.abort();
        return job.work(engine);
      });
      settle(job.key, entry);
      entry.result.resolve(result);
    } catch (error) {
      // Leaving the queue because another place came first is no failure.
      if (place.signal.aborted && entry.callers > 0) return;
      settle(job.key, entry);
      entry.result.reject(error);
    } finally {
      entry.places.delete(place);
    }
  }

  return {
    async run(job) {
      job.signal?.throwIfAborted();
      const entry = entryOf(job.key);
      entry.callers += 1;
      if (!entry.started) void queueUp(job, entry);
      const left = Promise.withResolvers<never>();
      const leave = () => left.reject(job.signal?.reason as Error);
      job.signal?.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([entry.result.promise, left.promise]);
      } finally {
        job.signal?.removeEventListener('abort', leave);
        entry.callers -= 1;
        if (entry.callers === 0) {
          settle(job.key, entry);
          for (const place of entry.places) place.abort();
        }
      }
    },
  };
}
