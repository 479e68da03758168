import { LeadershipLostError } from '../kube/lease.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { untilAborted } from '../base/until-aborted.ts';
import { idOf, keyFrom } from './object-id.ts';
import type { CacheChange, ReadCache } from './cache/read-cache.ts';
import type { CommonStatus, ControllerDefinition } from './controller.ts';
import { firstInterval, withJitter } from './interval.ts';
import { newObjectState, type ObjectState } from './object-state.ts';
import { exponentialBackoff } from './queue/backoff.ts';
import { createFairQueue, type FairQueue, type Next } from './queue/fair-queue.ts';
import { ObjectReconciler } from './reconcile-object.ts';
import type { Report } from './run-report.ts';
import type { Runtime } from './runtime.ts';
import { createTracking, type Tracking } from './tracking.ts';
import { isSettled, triggerOf } from './triggers.ts';

/** A run that goes on this long after it was told to stop is stuck. */
const stuckMs = 60_000;
/** Shutdown does not wait longer than this for a run that ignores being aborted. */
const abandonMs = 10_000;

/** Runs that wait for other clusters cost little but time: so many times the workers are for them. */
const remoteFactor = 4;

export interface ControllerOptions {
  /** `--concurrent`: runs at the same time; those for remote clusters have workers of their own. */
  workers?: number;
}

/** A controller at work. */
export interface RunningController {
  readonly name: string;
  /** Resolves after shutdown, when the last run has ended. */
  readonly done: Promise<void>;
  /**
   * Has the object looked at again: something it depends on, that no cache holds, has changed.
   * `asked`: it waits for that, and goes on before others begin.
   */
  wake(key: ObjectKey, options?: { asked?: boolean }): void;
  /** Objects whose run ignores that it was told to stop; a liveness check fails on them. */
  stuck(): ObjectKey[];
  /** Objects waiting and running, for tests and metrics. */
  readonly queue: Pick<FairQueue, 'depth' | 'active' | 'size'>;
}

/**
 * Runs a controller until the runtime's signal aborts.
 *
 * Flow: objects come from the shared cache; what their changes, tracked objects, intervals and
 * failures ask for goes through a fair queue; each pass is one look at one object. A failure of
 * one object, of whatever sort, is that object's alone. On shutdown no pass begins; those under
 * way may go on for the runtime's grace period, then they are aborted.
 */
export function startController<Spec, Status extends CommonStatus, Deps>(
  definition: ControllerDefinition<Spec, Status, Deps>,
  deps: Deps,
  runtime: Runtime,
  { workers = 4 }: ControllerOptions = {},
): RunningController {
  const loop = new Loop(definition, runtime, workers);
  const { cache, tracking } = loop;
  const { queue } = loop;
  const isBusy = () => queue.depth > 0;
  const reconciler = new ObjectReconciler({ definition, deps, runtime, cache, tracking, isBusy });
  const done = loop.run((id, object, state) => reconciler.pass(id, object, state));
  const stuck = () => loop.stuck();
  const wake: RunningController['wake'] = (key, options) => loop.wake(key, options);
  return { name: definition.name, done, wake, stuck, queue };
}

type PassOver = (id: string, object: KubeObject, state: ObjectState) => Promise<Report>;

/** The loop around passes; knows objects only by id. */
class Loop {
  readonly cache: ReadCache<KubeObject>;
  readonly queue: FairQueue;
  readonly tracking: Tracking;
  readonly #name: string;
  readonly #runtime: Runtime;
  readonly #workers: number;
  readonly #caches: ReadCache<KubeObject>[];
  readonly #states = new Map<string, ObjectState>();

  constructor(
    definition: Pick<ControllerDefinition<never, never, never>, 'name' | 'watches' | 'isRemote'> & {
      kind: { type: ReadCache<KubeObject>['type'] };
    },
    runtime: Runtime,
    workers: number,
  ) {
    const { clock, caches, minRetryMs: minMs, maxRetryMs: maxMs, random } = runtime;
    const { isRemote } = definition;
    const { type } = definition.kind;
    const watches = definition.watches ?? [];
    this.#name = definition.name;
    this.#runtime = runtime;
    this.#workers = workers;
    this.cache = caches.for(type);
    this.#caches = [this.cache, ...watches.map((watched) => caches.for(watched))];
    this.queue = createFairQueue({
      tenantOf: (id) => runtime.tenantOf(keyFrom(id).namespace ?? ''),
      weightOf: runtime.weightOf,
      workers,
      aside: isRemote && {
        isAside: (id) => isRemote(this.cache.get(keyFrom(id))),
        workers: workers * remoteFactor,
        perTenant: workers,
      },
      clock,
      backoff: exponentialBackoff({ minMs, maxMs, random }),
    });
    this.tracking = createTracking({
      caches,
      watches,
      wake: (id) => this.queue.add(id),
      ownerOf: ({ group, kind }, key) =>
        group === type.group && kind === type.kind ? idOf(key) : undefined,
    });
  }

  async run(passOver: PassOver): Promise<void> {
    const { signal, metrics, log } = this.#runtime;
    const unsubscribe = this.cache.onChange((change) => this.#onChange(change));
    for (const object of this.cache.list()) this.#onChange({ after: object });
    const unwatch = metrics.watchQueue(this.#name, this.#workers, this.queue);
    try {
      await Promise.all(this.#caches.map((cache) => cache.synced(signal)));
      log.info('controller started', { controller: this.#name, workers: this.#workers });
      this.queue.start((id) => this.#turn(id, passOver));
      await untilAborted(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#shutDown();
    unsubscribe();
    unwatch();
    this.tracking.stop();
    log.info('controller stopped', { controller: this.#name });
  }

  wake(key: ObjectKey, { asked = false }: { asked?: boolean } = {}): void {
    // Of an object that is not there, nobody is left to be woken.
    if (this.cache.get(key)) this.queue.add(idOf(key), { asked });
  }

  stuck(): ObjectKey[] {
    const since = this.#runtime.clock.now() - stuckMs;
    return [...this.#states]
      .filter(([, { deadline }]) => (deadline?.stoppedAt ?? Infinity) < since)
      .map(([id]) => keyFrom(id));
  }

  async #shutDown(): Promise<void> {
    const { clock, signal } = this.#runtime;
    // Another process may lead already: it must not meet our runs.
    const graceMs = signal.reason instanceof LeadershipLostError ? 0 : this.#runtime.graceMs;
    const { promise: abandoned, resolve: abandon } = Promise.withResolvers<void>();
    const cancels = [
      clock.after(graceMs, () => {
        for (const { deadline } of this.#states.values()) deadline?.stop('shutdown');
      }),
      clock.after(graceMs + abandonMs, abandon),
    ];
    await Promise.race([this.queue.stop(), abandoned]);
    for (const cancel of cancels) cancel();
  }

  #onChange(change: CacheChange<KubeObject>): void {
    const trigger = triggerOf(change);
    const object = change.after ?? change.before;
    if (!trigger || !object) return;
    const id = idOf(object.metadata);
    if (trigger === 'gone') return this.#forget(id);
    // An object made anew under the name of another inherits nothing from it.
    if (trigger === 'seen' && change.before) this.#forget(id);
    if (trigger === 'generation' || trigger === 'deletion') this.#overtake(id);
    this.queue.add(id, { asked: trigger !== 'seen' || !isSettled(object) });
  }

  #overtake(id: string): void {
    this.#states.get(id)?.deadline?.stop('overtaken');
  }

  #forget(id: string): void {
    this.#overtake(id);
    this.#states.delete(id);
    this.queue.remove(id);
    this.tracking.forget(id);
    this.#runtime.metrics.forget(this.cache.type.kind, keyFrom(id));
  }

  async #turn(id: string, passOver: PassOver): Promise<Next> {
    const object = this.cache.get(keyFrom(id));
    if (!object) return { when: 'change' };
    const state = this.#states.get(id) ?? newObjectState(isSettled(object));
    this.#states.set(id, state);
    try {
      const pass = await passOver(id, object, state);
      return this.#next(id, state, pass);
    } catch (error) {
      const { namespace, name } = object.metadata;
      const fields = { controller: this.#name, controllerKind: object.kind, namespace, name };
      this.#runtime.log.error('pass failed', error, fields);
      return { when: 'backoff' };
    } finally {
      // Deleted meanwhile: what the end of the pass noted of it must not stay.
      if (!this.cache.get(keyFrom(id))) this.#forget(id);
    }
  }

  #next(id: string, state: ObjectState, { requeue }: Report): Next {
    if (requeue.when !== 'interval') return requeue;
    const { jitterPercent, random } = this.#runtime;
    const isFirst = state.isFromBefore && jitterPercent > 0;
    state.isFromBefore = false;
    const ms = isFirst
      ? firstInterval(requeue.ms, id)
      : withJitter(requeue.ms, jitterPercent, random());
    return { when: 'after', ms };
  }
}
