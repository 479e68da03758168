import type { Log } from '../base/log.ts';
import { keyOf, type Condition, type KubeObject } from '../kube/object.ts';
import type { ReadCache } from './cache/read-cache.ts';
import type { CommonStatus, ControllerDefinition, ReconciledObject } from './controller.ts';
import { holdBackMs } from './held-progress.ts';
import type { ObjectState } from './object-state.ts';
import type { RunEvent } from './run.ts';
import type { RunState } from './run-state.ts';
import type { Runtime } from './runtime.ts';
import {
  settle,
  type Requeue,
  type RunResult,
  type SettlePolicy,
  type Settlement,
  type Verdict,
} from './settle.ts';
import { statusOf, writeStatus, type StatusFields, type StatusWrite } from './status-writer.ts';

/** One object, as one pass sees it. */
export interface Subject<Spec, Status extends CommonStatus> {
  id: string;
  raw: KubeObject;
  /** Undefined when it is not understood. */
  object: ReconciledObject<Spec, Status> | undefined;
  policy: SettlePolicy;
  state: ObjectState;
  log: Log;
}

/** How a run ended. */
export interface Report {
  requeue: Requeue;
  /** Absent when the status could not be written: the run does not count. */
  verdict?: Verdict;
}

/** What reports of one controller share. */
export interface ReportContext<Spec, Status extends CommonStatus, Deps> {
  definition: ControllerDefinition<Spec, Status, Deps>;
  runtime: Runtime;
  cache: ReadCache<KubeObject>;
  /** Whether objects wait for a worker. */
  isBusy(): boolean;
}

/** Carries what a run came to into status, events, log and metrics, as settle says. */
export class RunReporter<Spec, Status extends CommonStatus, Deps> {
  readonly #context: ReportContext<Spec, Status, Deps>;

  constructor(context: ReportContext<Spec, Status, Deps>) {
    this.#context = context;
  }

  /** Shows a run under way; failing to is no failure of the run. */
  async progress(subject: Subject<Spec, Status>, run: RunState, message: string): Promise<void> {
    // Whoever told the run to stop goes on from here; it has nothing more to announce.
    if (run.signal.aborted) return;
    const { conditions } = this.#settle(subject, run, { outcome: 'underway', message });
    try {
      await this.write(subject.raw, { ...run.recorded, conditions });
    } catch (error) {
      run.log.error('progress could not be written', error);
    }
  }

  /** Settles, writes, then tells: an event never says what the status does not. */
  async finish(subject: Subject<Spec, Status>, run: RunState, result: RunResult): Promise<Report> {
    const { raw, state, log } = subject;
    const settlement = this.#settle(subject, run, result);
    const { verdict, requeue } = settlement;
    const held = this.#holdBack(subject, run, settlement);
    if (held) return held;
    let written: StatusWrite;
    try {
      written = await this.write(raw, fieldsOf(settlement, run));
    } catch (error) {
      state.unwritten = run.recorded;
      log.error('status could not be written', error);
      return { requeue: { when: 'backoff' } };
    }
    state.unwritten = {};
    this.#log(settlement, log);
    if (verdict === 'aborted') return { requeue, verdict };
    state.handledGeneration = raw.metadata.generation ?? 0;
    const untold = state.untold.splice(0);
    state.heldSince = undefined;
    if (written !== 'gone') this.tell(subject, [...untold, ...run.events, ...settlement.events]);
    return { requeue, verdict };
  }

  /** Leaves it to the runs that follow to write and tell what has only just begun. */
  #holdBack(
    subject: Subject<Spec, Status>,
    run: RunState,
    { verdict, conditions, requeue }: Settlement,
  ): Report | undefined {
    const { runtime, cache, isBusy } = this.#context;
    const { raw, state } = subject;
    const now = runtime.clock.now();
    const written = conditionsOf(cache.get(keyOf(raw)) ?? raw);
    const timing = { since: state.heldSince, now, isBusy: isBusy() };
    const ms = holdBackMs({ verdict, conditions }, written, timing);
    if (ms === 0) return undefined;
    state.heldSince ??= now;
    state.unwritten = run.recorded;
    // As of now: by the time they are told, the status may speak of a later revision.
    const metadata = this.#metadataOf(subject, run.recorded);
    state.untold.push(...run.events.map((event) => withMetadata(event, metadata)));
    const soonerMs = requeue.when === 'after' ? Math.min(requeue.ms, ms) : ms;
    return { requeue: { when: 'after', ms: soonerMs, asked: true }, verdict };
  }

  /** Writes status fields beside those that are there. */
  write(raw: KubeObject, fields: StatusFields): Promise<StatusWrite> {
    const { definition, runtime, cache } = this.#context;
    const { name, fieldManager = name, kind } = definition;
    const target = { client: runtime.client, type: kind.type, fieldManager, cache };
    return writeStatus(target, raw, fields);
  }

  /** Records events about the object as it is now. */
  tell(subject: Subject<Spec, Status>, events: readonly RunEvent[]): void {
    const { definition, runtime, cache } = this.#context;
    const about = cache.get(keyOf(subject.raw)) ?? subject.raw;
    const metadata = this.#metadataOf(subject);
    const told = events.map((event) => withMetadata(event, metadata));
    if (told.length > 0)
      runtime.recorder.record(about, definition.eventSource ?? definition.name, ...told);
  }

  /** What every event says of the object, whose status is as it was left, with `recorded` on top. */
  #metadataOf({ raw, object }: Subject<Spec, Status>, recorded: StatusFields = {}) {
    const { definition, cache } = this.#context;
    if (!object) return {};
    // Recorded field by field from the same type.
    const status = { ...statusOf(cache.get(keyOf(raw)) ?? raw), ...recorded } as unknown as Status;
    return definition.eventMetadata?.({ ...object, status }) ?? {};
  }

  #settle(subject: Subject<Spec, Status>, run: RunState, result: RunResult): Settlement {
    const { runtime, cache } = this.#context;
    const { raw, policy, state } = subject;
    const { generation } = raw.metadata;
    const settled = {
      metadata: generation === undefined ? {} : { generation },
      status: { conditions: conditionsOf(cache.get(keyOf(raw)) ?? raw) },
    };
    const events = [...state.untold, ...run.events];
    const notes = { ...run.notes, events, conditionsBefore: conditionsOf(raw) };
    return settle(settled, { ...result, notes }, runtime.clock.now(), policy);
  }

  #log({ verdict, conditions, log: line }: Settlement, log: Log): void {
    const { definition, runtime } = this.#context;
    const ready = conditions.find(({ type }) => type === 'Ready');
    const fields = { reason: ready?.reason, message: ready?.message };
    if (verdict === 'denied') {
      runtime.metrics.denied(definition.name, ready?.reason ?? '');
      log.error(line.message, line.error, { ...fields, audit: 'denied' });
    } else if (line.level === 'error') log.error(line.message, line.error, fields);
    else log[line.level](line.message, fields);
  }
}

function withMetadata(event: RunEvent, metadata: Record<string, string>): RunEvent {
  return { ...event, metadata: { ...metadata, ...event.metadata } };
}

/** What a run leaves in the status. */
function fieldsOf(
  { verdict, conditions, observedGeneration }: Settlement,
  { recorded, requestedAt }: RunState,
): StatusFields {
  if (verdict === 'aborted') return recorded;
  return {
    ...recorded,
    conditions,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(requestedAt === undefined ? {} : { lastHandledReconcileAt: requestedAt }),
  };
}

function conditionsOf(raw: KubeObject): Condition[] {
  const { conditions } = statusOf(raw);
  // An array's items are what the CRD's schema says: metav1.Condition.
  return Array.isArray(conditions) ? conditions : [];
}
