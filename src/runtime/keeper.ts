import { isConflict, isNotFound } from '../kube/api-error.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import type { ReadCache } from './cache/read-cache.ts';
import { untilAborted } from '../base/until-aborted.ts';
import { idOf, keyFrom } from './object-id.ts';
import { exponentialBackoff } from './queue/backoff.ts';
import { createFairQueue, type Next } from './queue/fair-queue.ts';
import type { RunningController } from './run-controller.ts';
import type { Runtime } from './runtime.ts';

export interface KeeperOptions {
  /** In logs and metrics: `pod-metadata`. */
  name: string;
  runtime: Runtime;
  workers?: number;
  /** Watches the objects; called once, when {@link Keeper.open} is. */
  watch(): ReadCache<KubeObject>;
  /**
   * Makes one object what it should be. Called after each of its changes, with the object as it is
   * then; one that throws is called again after a while. No request when nothing differs. Answers
   * with the milliseconds after which to look again though nothing changes, if ever.
   */
  keep(object: KubeObject, signal: AbortSignal): Promise<number | undefined | void>;
  /** Called when an object is gone, and for one that is woken and is not there; as {@link keep}. */
  gone?(key: ObjectKey, signal: AbortSignal): Promise<void>;
}

/** A keeper at work. */
export interface Keeper extends RunningController {
  /** Begins to watch; does nothing the second time. */
  open(): void;
  /** The objects as the watch knows them; none before it is open. */
  list(namespace?: string): KubeObject[];
}

/**
 * Keeps objects of a kind that is not ours: without finalizer, status and conditions, which a
 * controller would have. Costs nothing until it is opened.
 */
export function startKeeper(options: KeeperOptions): Keeper {
  const { name, runtime, watch, keep, gone, workers = 2 } = options;
  const { signal, clock, log, metrics, minRetryMs: minMs, maxRetryMs: maxMs, random } = runtime;
  let cache: ReadCache<KubeObject> | undefined;
  const queue = createFairQueue({
    tenantOf: (id) => runtime.tenantOf(keyFrom(id).namespace ?? ''),
    workers,
    clock,
    backoff: exponentialBackoff({ minMs, maxMs, random }),
  });
  const turn = async (id: string): Promise<Next> => {
    const object = cache?.get(keyFrom(id));
    if (!object && !gone) return { when: 'change' };
    try {
      const againMs = object ? await keep(object, signal) : await gone?.(keyFrom(id), signal);
      return againMs === undefined ? { when: 'change' } : { when: 'after', ms: againMs };
    } catch (error) {
      // Gone, or not what was looked at: the watch brings what is there now. Of another object it may not.
      const isPassing = isNotFound(error) || isConflict(error);
      if (!isPassing && !signal.aborted) {
        log.error('object could not be kept', error, { keeper: name });
      }
      return { when: 'backoff' };
    }
  };
  const wake = (key: ObjectKey) => queue.add(idOf(key));
  const done = untilAborted(signal).then(() => queue.stop());
  return {
    name,
    done,
    wake,
    queue,
    stuck: () => [],
    list: (namespace) => cache?.list(namespace) ?? [],
    open() {
      if (cache || signal.aborted) return;
      cache = watch();
      cache.onChange(({ before, after }) => {
        if (after) wake(after.metadata);
        else if (before && gone) wake(before.metadata);
        else if (before) queue.remove(idOf(before.metadata));
      });
      for (const { metadata } of cache.list()) wake(metadata);
      metrics.watchQueue(name, workers, queue);
      queue.start(turn);
    },
  };
}
