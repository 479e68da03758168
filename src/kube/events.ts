import { sleep, toTimestamp, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import { isNotFound } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { EventBudget } from './event-budget.ts';
import { eventObject, subjectOf, truncate, type EventInput } from './event-object.ts';
import type { ObjectKey, ResourceType } from './object.ts';

/** Writes core/v1 Events behind the caller's back: `record` never waits, never throws. */
export interface EventWriter {
  record(event: EventInput): void;
  /** Resolves when everything recorded so far was written or given up. */
  flush(): Promise<void>;
}

export interface EventWriterOptions {
  client: KubeClient;
  /** `source.component` and `reportingComponent`, e.g. `kustomize-controller`. */
  component: string;
  /** `reportingInstance`: the pod. */
  instance?: string;
  clock: Clock;
  log: Log;
  /** Events waiting to be written; more are dropped (and counted in a log line). */
  maxPending?: number;
  /** While it says so, the API server has better things to do: events wait, up to two minutes. */
  isBusy?: () => boolean;
}

interface Known {
  key: ObjectKey;
  count: number;
  writtenAt: number;
}

interface Pending {
  event: EventInput;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** core/v1 Event. */
export const eventType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

const maxMessageBytes = 1024;
/** Events remembered for counting repetitions; the oldest is forgotten first. */
const maxKnown = 4096;
/**
 * Of one Event, repetitions are written this often at most: what fails every few seconds would keep
 * the API server busy with nothing but counts. As often as the budget of an object refills.
 */
const repeatMs = 5 * 60_000;
const writers = 4;
const defaultMaxPending = 4000;
/**
 * How long an event makes way for other work, and how often it looks whether it still has to. What a
 * burst of work has to tell is one request more for each object, for which nobody waits.
 */
const maxYieldMs = 120_000;
const yieldMs = 100;
const writeTimeoutMs = 15_000;

/**
 * An event writer: repetitions of (object, type, reason, message) count up one Event, every five
 * minutes and when the process ends; each object has a budget (25, then one per five minutes), and memory is bounded.
 */
export function createEventWriter(options: EventWriterOptions): EventWriter {
  return new Writer(options);
}

class Writer implements EventWriter {
  readonly #options: EventWriterOptions;
  readonly #budget: EventBudget;
  readonly #known = new Map<string, Known>();
  readonly #pending = new Map<string, Pending>();
  /** Repetitions of what was written lately; their time is yet to come. */
  readonly #repeated = new Map<string, Pending>();
  readonly #writing = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #maxPending: number;
  #dropped = 0;
  #isFlushing = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#maxPending = options.maxPending ?? defaultMaxPending;
    this.#budget = new EventBudget(options.clock);
  }

  record(input: EventInput): void {
    try {
      this.#enqueue(input);
    } catch (error) {
      this.#options.log.debug('event was not recorded', { cause: messageOf(error) });
    }
  }

  async flush(): Promise<void> {
    this.#isFlushing = true;
    for (const id of this.#repeated.keys()) this.#release(id);
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#isFlushing = false;
  }

  #enqueue(input: EventInput): void {
    const { clock } = this.#options;
    const message = truncate(redact(input.message), maxMessageBytes);
    const event = { ...input, about: subjectOf(input.about), message };
    const id = identityOf(event);
    const now = clock.now();
    const waiting = this.#pending.get(id) ?? this.#repeated.get(id);
    if (waiting) {
      waiting.count++;
      waiting.lastAt = now;
      return;
    }
    const { uid, namespace, name } = event.about.metadata;
    const waitMs = this.#repeatsIn(id, now);
    if (waitMs === 0 && !this.#budget.take(uid ?? JSON.stringify([namespace, name]))) return;
    if (this.#pending.size + this.#repeated.size >= this.#maxPending) {
      this.#dropped++;
      return;
    }
    const pending = { event, count: 1, firstAt: now, lastAt: now };
    if (waitMs === 0) return this.#await(id, pending);
    this.#repeated.set(id, pending);
    clock.after(waitMs, () => this.#release(id));
  }

  /** How long a repetition of that event has to wait; 0 for a first one. */
  #repeatsIn(id: string, now: number): number {
    const known = this.#known.get(id);
    return known ? Math.max(known.writtenAt + repeatMs - now, 0) : 0;
  }

  #release(id: string): void {
    const pending = this.#repeated.get(id);
    if (pending && this.#repeated.delete(id)) this.#await(id, pending);
  }

  #await(id: string, pending: Pending): void {
    this.#pending.set(id, pending);
    if (this.#running.size < writers) this.#start();
  }

  #start(): void {
    const run: Promise<void> = this.#drain().finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #drain(): Promise<void> {
    // Out of the caller's stack, and so that repetitions within one run are counted first.
    await Promise.resolve();
    for (;;) {
      await this.#makeWay();
      const next = this.#shift();
      if (!next) break;
      const [id, pending] = next;
      this.#writing.add(id);
      try {
        await this.#write(id, pending);
      } catch (error) {
        this.#options.log.debug('event was not written', { cause: messageOf(error) });
      } finally {
        this.#writing.delete(id);
      }
    }
    if (this.#dropped > 0) {
      this.#options.log.info('events were dropped', { count: this.#dropped });
      this.#dropped = 0;
    }
  }

  #shift(): [string, Pending] | undefined {
    // A repetition of what is being written waits for it: who writes it comes back here.
    const next = this.#pending.entries().find(([id]) => !this.#writing.has(id));
    if (next) this.#pending.delete(next[0]);
    return next;
  }

  /** Waits until the API server has nothing better to do, the oldest event has waited enough, or room gets scarce. */
  async #makeWay(): Promise<void> {
    const { clock, isBusy = () => false } = this.#options;
    for (;;) {
      const [oldest] = this.#pending.values();
      const isLate = oldest === undefined || clock.now() - oldest.firstAt >= maxYieldMs;
      const isHalfFull = this.#pending.size > this.#maxPending / 2;
      if (isLate || isHalfFull || this.#isFlushing || !isBusy()) return;
      await sleep(clock, yieldMs);
    }
  }

  async #write(id: string, pending: Pending): Promise<void> {
    const { client, component } = this.#options;
    const signal = AbortSignal.timeout(writeTimeoutMs);
    const known = this.#known.get(id);
    if (known) {
      const count = known.count + pending.count;
      const body = { count, lastTimestamp: toTimestamp(pending.lastAt) };
      try {
        const patch = { type: 'merge', body } as const;
        await client.patch(eventType, known.key, patch, { fieldManager: component, signal });
        this.#remember(id, known.key, count);
        return;
      } catch (error) {
        // Events expire after an hour; then the count starts over.
        if (!isNotFound(error)) throw error;
      }
    }
    const object = eventObject(pending, this.#options);
    await client.create(eventType, object, { fieldManager: component, signal });
    const { namespace, name } = object.metadata;
    const key = { name, ...(namespace === undefined ? {} : { namespace }) };
    this.#remember(id, key, pending.count);
  }

  #remember(id: string, key: ObjectKey, count: number): void {
    this.#known.delete(id);
    this.#known.set(id, { key, count, writtenAt: this.#options.clock.now() });
    if (this.#known.size <= maxKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function identityOf({ about, type, reason, message, annotations }: EventInput): string {
  const { namespace, name, uid } = about.metadata;
  const subject = [about.apiVersion, about.kind, namespace, name, uid];
  return JSON.stringify([subject, type, reason, message, annotations ?? {}]);
}
