import { randomBytes } from 'node:crypto';
import { sleep, toTimestamp, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import { isNotFound } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { EventBudget } from './event-budget.ts';
import type { KubeObject, ObjectKey, ResourceType } from './object.ts';

/** What an event is about: any object as read from the API server. */
export type EventSubject = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

export interface EventInput {
  about: EventSubject;
  type: 'Normal' | 'Warning';
  /** CamelCase; machines match on it. */
  reason: string;
  /** Redacted and cut to the API's 1024 bytes. */
  message: string;
  annotations?: Record<string, string>;
}

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
  /** While it says so, the API server has better things to do: events wait, up to five seconds. */
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
/** How long an event makes way for other work, and how often it looks whether it still has to. */
const maxYieldMs = 5_000;
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
  #dropped = 0;
  #isFlushing = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
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
    const { clock, maxPending = 1000 } = this.#options;
    const event = { ...input, message: truncate(redact(input.message), maxMessageBytes) };
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
    if (this.#pending.size + this.#repeated.size >= maxPending) {
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

  /** Waits until the API server has nothing better to do, or the oldest event has waited enough. */
  async #makeWay(): Promise<void> {
    const { clock, isBusy = () => false } = this.#options;
    for (;;) {
      const [oldest] = this.#pending.values();
      const isLate = oldest === undefined || clock.now() - oldest.firstAt >= maxYieldMs;
      if (isLate || this.#isFlushing || !isBusy()) return;
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
    const object = this.#eventObject(pending);
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

  #eventObject({ event, count, firstAt, lastAt }: Pending): KubeObject {
    const { component, instance = '' } = this.#options;
    const { apiVersion, kind, metadata } = event.about;
    const { name, uid, resourceVersion } = metadata;
    // Events of cluster-scoped objects live in `default`, where kubectl describe looks for them.
    const namespace = metadata.namespace ?? 'default';
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${truncate(name, 200)}.${randomBytes(8).toString('hex')}`,
        namespace,
        ...(event.annotations === undefined ? {} : { annotations: event.annotations }),
      },
      involvedObject: {
        apiVersion,
        kind,
        name,
        ...(metadata.namespace === undefined ? {} : { namespace }),
        uid,
        resourceVersion,
      },
      type: event.type,
      reason: event.reason.slice(0, 128),
      message: event.message,
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: toTimestamp(firstAt),
      lastTimestamp: toTimestamp(lastAt),
      count,
    };
  }
}

function identityOf({ about, type, reason, message, annotations }: EventInput): string {
  const { namespace, name, uid } = about.metadata;
  const subject = [about.apiVersion, about.kind, namespace, name, uid];
  return JSON.stringify([subject, type, reason, message, annotations ?? {}]);
}

/** At most `maxBytes` of UTF-8, never half a character. */
function truncate(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}...`;
}
