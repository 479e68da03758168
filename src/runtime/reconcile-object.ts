import { messageOf, stalled } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import type { ReadCache } from './cache/read-cache.ts';
import type { CommonStatus, ControllerDefinition, ReconciledObject } from './controller.ts';
import { createDeadline } from './deadline.ts';
import { addFinalizer, CollisionError, hasFinalizer, removeFinalizer } from './finalizer.ts';
import type { ReconcileResult } from './metrics.ts';
import type { ObjectState } from './object-state.ts';
import { RunReporter, type Report, type Subject } from './run-report.ts';
import { RunState } from './run-state.ts';
import type { Runtime } from './runtime.ts';
import type { RunResult, SettlePolicy } from './settle.ts';
import { statusOf } from './status-writer.ts';
import type { Tracking } from './tracking.ts';
import { pendingRequest } from './triggers.ts';

/** Shortest interval taken at face value: `interval: 0s` is no busy loop. */
const minIntervalMs = 1_000;
/** Wait for the watch to show what our write collided with. */
const collisionMs = 500;

/** What passes over the objects of one controller share. */
export interface PassContext<Spec, Status extends CommonStatus, Deps> {
  definition: ControllerDefinition<Spec, Status, Deps>;
  deps: Deps;
  runtime: Runtime;
  cache: ReadCache<KubeObject>;
  tracking: Tracking;
  /** Whether objects wait for a worker. */
  isBusy(): boolean;
}

/** An object that is understood. */
type Decoded<Spec, Status extends CommonStatus> = Subject<Spec, Status> & {
  object: ReconciledObject<Spec, Status>;
};

/** Nothing was to be done; only a change makes it so. */
const untouched: Report = { requeue: { when: 'change' } };

/**
 * Passes over single objects: decode, finalizer, suspension, run, report.
 * Every pass looks at the object as it is and may be repeated, or cut off, at any point.
 */
export class ObjectReconciler<Spec, Status extends CommonStatus, Deps> {
  readonly #context: PassContext<Spec, Status, Deps>;
  readonly #reporter: RunReporter<Spec, Status, Deps>;

  constructor(context: PassContext<Spec, Status, Deps>) {
    this.#context = context;
    this.#reporter = new RunReporter(context);
  }

  async pass(id: string, raw: KubeObject, state: ObjectState): Promise<Report> {
    const { definition, deps } = this.#context;
    const isDeleting = raw.metadata.deletionTimestamp !== undefined;
    const isOurs = this.#isOurs(raw);
    if (isDeleting && !isOurs) return untouched;
    const log = this.#logFor(raw);
    let subject: Decoded<Spec, Status>;
    try {
      const object = definition.kind.decode(withStatus(raw, state.unwritten));
      subject = { id, raw, object, state, log, policy: this.#policyOf(object) };
    } catch (error) {
      const refusal = stalled('InvalidSpec', messageOf(error), { cause: error });
      const policy = { intervalMs: minIntervalMs, dependencyMs: minIntervalMs };
      return await this.#fail({ id, raw, object: undefined, state, log, policy }, refusal);
    }
    if (isDeleting) return await this.#run(subject, (run) => this.#cleanUp(subject, run));
    const isSuspended = definition.isSuspended(subject.object);
    if (!isOurs && (isSuspended || !definition.isHeldByRun)) {
      return await this.#addFinalizer(subject);
    }
    if (isSuspended) return await this.#suspend(subject);
    return await this.#run(subject, (run) => definition.reconcile(subject.object, deps, run));
  }

  /** It waits for us when it is deleted; where nothing is to be undone, it is ours until then. */
  #isOurs(raw: KubeObject): boolean {
    const { finalizer } = this.#context.definition;
    if (finalizer !== undefined) return hasFinalizer(raw, finalizer);
    return raw.metadata.deletionTimestamp === undefined;
  }

  /** What stops an object before it runs; the finalizer of one that is not understood stays. */
  async #fail(subject: Subject<Spec, Status>, error: unknown): Promise<Report> {
    const run = this.#newRun(subject, new AbortController().signal, () => {});
    return await this.#reporter.finish(subject, run, { outcome: 'failed', error });
  }

  /** Makes the object wait for us when it is deleted, then goes on with it as it is by then. */
  async #addFinalizer(subject: Decoded<Spec, Status>): Promise<Report> {
    const { cache } = this.#context;
    const { id, raw, state } = subject;
    try {
      await this.#hold(raw, {});
    } catch (error) {
      return collision(error) ?? (await this.#fail(subject, error));
    }
    const live = cache.get(keyOf(raw));
    const isSame = live?.metadata.uid === raw.metadata.uid;
    if (!live || !isSame || !this.#isOurs(live)) return { requeue: { when: 'now' } };
    return await this.pass(id, live, state);
  }

  /** Adds the finalizer to the object as it is by now. */
  async #hold(raw: KubeObject, annotations: Record<string, string>): Promise<void> {
    const { cache } = this.#context;
    const live = cache.get(keyOf(raw));
    if (live?.metadata.uid !== raw.metadata.uid) throw new CollisionError();
    const held = await addFinalizer(this.#finalizerTarget(), live ?? raw, annotations);
    if (!held) throw new CollisionError();
    cache.observe(held);
  }

  async #suspend({ id, raw, log }: Decoded<Spec, Status>): Promise<Report> {
    this.#context.tracking.forget(id);
    log.debug('suspended');
    const requestedAt = pendingRequest(raw);
    if (this.#context.definition.handlesRequestWhileSuspended && requestedAt !== undefined) {
      await this.#reporter.write(raw, { lastHandledReconcileAt: requestedAt });
    }
    return untouched;
  }

  /** Undoes, then lets go. Undefined when the finalizer is off: there is no status to write. */
  async #cleanUp(
    { raw, object, log }: Decoded<Spec, Status>,
    run: RunState,
  ): Promise<RunResult | undefined> {
    const { definition, deps, cache } = this.#context;
    const outcome = await definition.cleanup?.(object, deps, run);
    if (outcome?.outcome === 'waiting') return outcome;
    const last = await removeFinalizer(this.#finalizerTarget(), cache.get(keyOf(raw)) ?? raw);
    if (last) cache.observe(last);
    log.info('cleaned up');
    return undefined;
  }

  /** One run, within its time, and what it came to. */
  async #run(
    subject: Decoded<Spec, Status>,
    work: (run: RunState) => Promise<RunResult | undefined>,
  ): Promise<Report> {
    const { definition, runtime, tracking } = this.#context;
    const { id, raw, object, state } = subject;
    const { clock, metrics } = runtime;
    const began = clock.now();
    const deadline = createDeadline(clock, Math.max(definition.timeoutMs(object), minIntervalMs));
    const tracked = tracking.begin(id);
    const run = this.#newRun(subject, deadline.signal, tracked.track);
    let report: Report | undefined;
    state.deadline = deadline;
    try {
      const result = await attempt(() => work(run), deadline.explain);
      deadline.clear();
      report = await this.#report(subject, run, result);
      return report;
    } finally {
      state.deadline = undefined;
      tracked.end({ keep: report === undefined || report.verdict === 'aborted' });
      metrics.reconciled({
        controller: definition.name,
        kind: definition.kind.type.kind,
        key: keyOf(raw),
        result: resultOf(report),
        seconds: (clock.now() - began) / 1000,
      });
    }
  }

  async #report(
    subject: Decoded<Spec, Status>,
    run: RunState,
    result: RunResult | undefined,
  ): Promise<Report> {
    const collided = result?.outcome === 'failed' ? collision(result.error) : undefined;
    if (collided) return collided;
    if (result) return await this.#reporter.finish(subject, run, result);
    this.#reporter.tell(subject, [...subject.state.untold.splice(0), ...run.events]);
    return { ...untouched, verdict: 'done' };
  }

  #newRun(subject: Subject<Spec, Status>, signal: AbortSignal, track: RunState['track']): RunState {
    const { raw, state, log } = subject;
    const requestedAt = pendingRequest(raw);
    return new RunState({
      signal,
      clock: this.#context.runtime.clock,
      log,
      requestedAt,
      asked:
        requestedAt !== undefined || state.handledGeneration !== (raw.metadata.generation ?? 0),
      unwritten: state.unwritten,
      track,
      writeProgress: (run, message) => this.#reporter.progress(subject, run, message),
      isHeld: () => this.#isOurs(this.#context.cache.get(keyOf(raw)) ?? raw),
      hold: (annotations) => this.#hold(raw, annotations),
    });
  }

  #policyOf(object: ReconciledObject<Spec, Status>): SettlePolicy {
    const { definition, runtime } = this.#context;
    const retryMs = definition.retryMs?.(object);
    return {
      intervalMs: Math.max(definition.intervalMs(object), minIntervalMs),
      retryMs: retryMs === undefined ? undefined : Math.max(retryMs, minIntervalMs),
      dependencyMs: runtime.dependencyMs,
    };
  }

  #finalizerTarget() {
    const { definition, runtime } = this.#context;
    const { name, finalizer = '', fieldManager = name, kind } = definition;
    return { client: runtime.client, type: kind.type, finalizer, fieldManager };
  }

  /** Lines carry what `flux logs` selects by. */
  #logFor(raw: KubeObject): Log {
    const { definition, runtime } = this.#context;
    const { group, kind } = definition.kind.type;
    return runtime.log.child({
      controller: definition.name,
      controllerGroup: group,
      controllerKind: kind,
      ...keyOf(raw),
    });
  }
}

/** What `work` comes to; also what it throws before its first await. */
async function attempt<T>(
  work: () => Promise<T>,
  explain: (error: unknown) => unknown,
): Promise<T | RunResult> {
  try {
    return await work();
  } catch (error) {
    return { outcome: 'failed', error: explain(error) };
  }
}

/** Of an object that is not as it was, the run to come will tell. */
function collision(error: unknown): Report | undefined {
  if (!(error instanceof CollisionError)) return undefined;
  return { requeue: { when: 'after', ms: collisionMs } };
}

/** The object with the status fields that could not be written last time. */
function withStatus(raw: KubeObject, unwritten: ObjectState['unwritten']): KubeObject {
  if (Object.keys(unwritten).length === 0) return raw;
  const status = Object.entries({ ...statusOf(raw), ...unwritten });
  return { ...raw, status: Object.fromEntries(status.filter(([, value]) => value !== undefined)) };
}

const results = {
  interval: 'requeue_after',
  after: 'requeue_after',
  backoff: 'error',
  now: 'requeue',
  change: 'success',
} as const;

function resultOf(report: Report | undefined): ReconcileResult {
  return !report || report.verdict === 'retryable' ? 'error' : results[report.requeue.when];
}
