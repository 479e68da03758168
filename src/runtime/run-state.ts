import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ObjectKey, ResourceType } from '../kube/object.ts';
import type { ConditionFact } from './conditions.ts';
import type { StatusFields } from './status-writer.ts';
import type { Run, RunEvent } from './run.ts';
import type { RunNotes } from './settle.ts';

/** Conditions and fields that settle and the runtime keep; a run cannot set them. */
const ownedConditions = new Set(['Ready', 'Reconciling', 'Stalled']);
const ownedFields = new Set(['conditions', 'observedGeneration', 'lastHandledReconcileAt']);

export interface RunStateOptions {
  signal: AbortSignal;
  clock: Clock;
  log: Log;
  requestedAt: string | undefined;
  asked: boolean;
  /** Fields that an earlier run recorded and could not write. */
  unwritten: StatusFields;
  track: (type: ResourceType, key: ObjectKey | { namespace: string }) => void;
  /** Writes the status as it is now. */
  writeProgress: (state: RunState, message: string) => Promise<void>;
  isHeld: () => boolean;
  hold: (annotations: Record<string, string>) => Promise<void>;
}

/** Collects what a run has to say until it is written, once. */
export class RunState implements Run<Record<string, unknown>> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly requestedAt: string | undefined;
  readonly asked: boolean;
  readonly track: Run<unknown>['track'];
  readonly hold: Run<unknown>['hold'];
  readonly events: RunEvent[] = [];
  readonly #recorded: Map<string, unknown>;
  readonly #conditions = new Map<string, ConditionFact>();
  readonly #cleared = new Set<string>();
  readonly #writeProgress: RunStateOptions['writeProgress'];
  readonly #isHeld: RunStateOptions['isHeld'];

  constructor(options: RunStateOptions) {
    this.signal = options.signal;
    this.clock = options.clock;
    this.log = options.log;
    this.requestedAt = options.requestedAt;
    this.asked = options.asked;
    this.track = options.track;
    this.hold = options.hold;
    this.#isHeld = options.isHeld;
    this.#writeProgress = options.writeProgress;
    this.#recorded = new Map(Object.entries(options.unwritten));
  }

  get isHeld(): boolean {
    return this.#isHeld();
  }

  record(status: Record<string, unknown>): void {
    for (const [field, value] of Object.entries(status)) {
      if (ownedFields.has(field)) throw new Error(`status.${field} belongs to the runtime`);
      this.#recorded.set(field, value);
    }
  }

  condition(...[type, status, reason, message]: Parameters<Run<unknown>['condition']>): void {
    if (ownedConditions.has(type)) throw new Error(`condition ${type} belongs to settle`);
    this.#cleared.delete(type);
    this.#conditions.set(type, { type, status, reason, message });
  }

  clear(type: string): void {
    if (ownedConditions.has(type)) throw new Error(`condition ${type} belongs to settle`);
    this.#conditions.delete(type);
    this.#cleared.add(type);
  }

  event(event: RunEvent): void {
    this.events.push(event);
  }

  progress(message: string): Promise<void> {
    return this.#writeProgress(this, message);
  }

  /** What was recorded; a field that is present and undefined is to be removed. */
  get recorded(): StatusFields {
    return Object.fromEntries(this.#recorded);
  }

  get notes(): RunNotes {
    return {
      conditions: [...this.#conditions.values()],
      cleared: [...this.#cleared],
      events: this.events,
    };
  }
}
