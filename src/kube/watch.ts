import { sleep, systemClock, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { silentLog, type Log } from '../base/log.ts';
import { isExpired, KubeApiError } from './api-error.ts';
import { createBackoff, type Backoff } from './backoff.ts';
import type { KubeClient, WatchEvent } from './client.ts';
import type { KubeObject, ResourceType } from './object.ts';

/** What a list/watch saw; applying observations in order gives the collection as it is. */
export type Observation<T> =
  /** The whole collection: at first, and whenever continuity was lost. `removed` vanished meanwhile. */
  | { type: 'sync'; items: T[]; removed: T[] }
  | { type: 'changed'; object: T; before: T | undefined }
  /** `object` is the last state; `before` what was observed last. */
  | { type: 'removed'; object: T; before: T }
  /** The collection cannot be read at present; tried again after `retryMs` until the signal aborts. */
  | { type: 'failed'; error: unknown; retryMs: number };

export interface ListWatchOptions<T> {
  client: KubeClient;
  type: ResourceType;
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Read metadata only (PartialObjectMetadata): no spec, data or status crosses the wire. */
  metadataOnly?: boolean;
  /**
   * What to keep of an object, called once as it arrives. An object it throws on is logged and
   * treated as unchanged.
   */
  reduce?: (object: KubeObject) => T;
  signal: AbortSignal;
  log?: Log;
  clock?: Clock;
  /** Silence after which the connection counts as broken; bookmarks come about once a minute. */
  idleTimeoutMs?: number;
  /** How long one watch request lasts before it is renewed (between 1 and 2 times this). */
  renewSeconds?: number;
}

/** What outlives one connection. */
interface State<T> {
  known: Map<string, T>;
  /** Where the next watch continues; undefined when only a new list can tell. */
  version: string | undefined;
  /** False once the server showed that it cannot stream lists. */
  streaming: boolean;
  /** Starts over with each event: a list alone does not show that watching works. */
  backoff: Backoff;
  /** Times in a row that the server said we may not, or that there is no such kind. */
  refusals: number;
}

/**
 * Observes a collection until `signal` aborts, through any failure of the connection.
 *
 * Flow: the collection arrives as a stream (or as pages, from servers that cannot stream), then
 * changes follow on the same connection; a broken or silent one is resumed from the last version
 * seen, bookmarks included, without listing again; when that version is too old, a new `sync` tells
 * what changed and what vanished. Ends by returning; never throws.
 */
export async function* listWatch<T = KubeObject>(
  options: ListWatchOptions<T>,
): AsyncGenerator<Observation<T>, void, undefined> {
  const { signal, clock = systemClock, log = silentLog, type } = options;
  const backoff = createBackoff();
  const state: State<T> = {
    known: new Map(),
    version: undefined,
    streaming: true,
    backoff,
    refusals: 0,
  };
  while (!signal.aborted) {
    let error: unknown;
    const started = clock.now();
    try {
      yield* connection(options, state);
      // A server that ends watches at once must not be asked in a loop.
      if (clock.now() - started >= 1_000) continue;
    } catch (caught) {
      error = caught;
    }
    if (signal.aborted) return;
    const retryMs = waitAfter(error, patienceWith(error, state));
    if (losesContinuity(error)) state.version = undefined;
    if (error !== undefined && !isExpired(error)) {
      log.debug('watch interrupted', { kind: type.kind, cause: messageOf(error), retryMs });
      yield { type: 'failed', error, retryMs };
    }
    await sleep(clock, retryMs, signal).catch(() => {});
  }
}

/** One watch request, preceded by a list if need be. */
async function* connection<T>(
  options: ListWatchOptions<T>,
  state: State<T>,
): AsyncGenerator<Observation<T>> {
  const { client, type } = options;
  if (state.version === undefined && !state.streaming) {
    const { items, resourceVersion } = await client.list(type, scopeOf(options));
    const fresh = new Map<string, T>();
    for (const item of items) put(options, fresh, item, state.known);
    yield replaceKnown(state, fresh);
    state.version = resourceVersion;
  }
  let fresh = state.version === undefined ? new Map<string, T>() : undefined;
  for await (const event of openWatch(options, state)) {
    state.backoff.reset();
    if (!fresh) {
      const observation = observe(options, state, event);
      if (observation) yield observation;
    } else if (event.type !== 'BOOKMARK') {
      collect(options, state, { fresh, event });
    } else if (event.initialEventsEnd === true) {
      state.version = event.resourceVersion;
      yield replaceKnown(state, fresh);
      fresh = undefined;
    } else {
      // An ordinary bookmark before the end of the list: the server did not understand the question.
      state.streaming = false;
      return;
    }
  }
}

async function* openWatch<T>(
  options: ListWatchOptions<T>,
  state: State<T>,
): AsyncGenerator<WatchEvent<KubeObject>> {
  const { client, type, renewSeconds = 300, idleTimeoutMs } = options;
  const initial = state.version === undefined;
  try {
    yield* client.watch(type, {
      ...scopeOf(options),
      resourceVersion: state.version ?? '',
      ...(initial ? { sendInitialEvents: true } : {}),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      timeoutSeconds: Math.round(renewSeconds * (1 + Math.random())),
    });
  } catch (error) {
    // What servers without the WatchList feature answer to sendInitialEvents.
    const unsupported = error instanceof KubeApiError && [400, 422].includes(error.code);
    if (!initial || !unsupported) throw error;
    state.streaming = false;
  }
}

function scopeOf<T>(options: ListWatchOptions<T>) {
  const { namespace, labelSelector, fieldSelector, metadataOnly, signal } = options;
  return {
    signal,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  };
}

/** Takes one event of the initial stream; it may already carry changes of what came before. */
function collect<T>(
  options: ListWatchOptions<T>,
  state: State<T>,
  {
    fresh,
    event,
  }: { fresh: Map<string, T>; event: Exclude<WatchEvent<KubeObject>, { type: 'BOOKMARK' }> },
): void {
  if (event.type === 'DELETED') fresh.delete(idOf(event.object));
  else put(options, fresh, event.object, state.known);
}

function observe<T>(
  options: ListWatchOptions<T>,
  state: State<T>,
  event: WatchEvent<KubeObject>,
): Observation<T> | undefined {
  if (event.type === 'BOOKMARK') {
    state.version = event.resourceVersion;
    return undefined;
  }
  const { object } = event;
  state.version = object.metadata.resourceVersion ?? state.version;
  const id = idOf(object);
  const before = state.known.get(id);
  if (event.type !== 'DELETED') {
    const kept = put(options, state.known, object, state.known);
    return kept && { type: 'changed', object: kept.value, before };
  }
  state.known.delete(id);
  if (before === undefined) return undefined;
  return { type: 'removed', object: reduced(options, object)?.value ?? before, before };
}

/** Stores what is kept of `object`; when that fails, what was known of it stays. */
function put<T>(
  options: ListWatchOptions<T>,
  into: Map<string, T>,
  object: KubeObject,
  known: Map<string, T>,
): { value: T } | undefined {
  const id = idOf(object);
  const kept = reduced(options, object);
  const old = known.get(id);
  if (kept) into.set(id, kept.value);
  else if (old !== undefined) into.set(id, old);
  return kept;
}

function reduced<T>(options: ListWatchOptions<T>, object: KubeObject): { value: T } | undefined {
  // Without `reduce`, T is KubeObject.
  if (!options.reduce) return { value: object as T };
  try {
    return { value: options.reduce(object) };
  } catch (error) {
    const { namespace, name } = object.metadata;
    options.log?.error('object is not understood', error, { kind: object.kind, namespace, name });
    return undefined;
  }
}

function replaceKnown<T>(state: State<T>, fresh: Map<string, T>): Observation<T> {
  const removed = [...state.known].filter(([id]) => !fresh.has(id)).map(([, object]) => object);
  state.known = fresh;
  return { type: 'sync', items: [...fresh.values()], removed };
}

/** Names of objects hold no slash. */
const idOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

/** True when only a new list tells what happened: version too old, or from a future that a restored backup undid. */
function losesContinuity(error: unknown): boolean {
  if (!(error instanceof KubeApiError)) return false;
  if (error.code === 410 || error.code === 404) return true;
  return error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}

/** Refusals after which it is no API server that starts, but a right we do not have. */
const maxHopeful = 10;
/** How soon a right that is granted after all is noticed, and a kind that is installed later. */
const refusedMs = 60_000;
const absentMs = 15_000;

/** Backs off; from one that has meant its refusal for a while, expects nothing soon. */
function patienceWith(error: unknown, state: Pick<State<unknown>, 'refusals' | 'backoff'>): number {
  const settledMs = refusalMs(error);
  state.refusals = settledMs === undefined ? 0 : state.refusals + 1;
  return settledMs !== undefined && state.refusals > maxHopeful ? settledMs : state.backoff.next();
}

/** How long to leave a server alone that has meant this answer for a while; undefined for others. */
function refusalMs(error: unknown): number | undefined {
  if (!(error instanceof KubeApiError)) return undefined;
  if (error.code === 403) return refusedMs;
  return error.code === 404 ? absentMs : undefined;
}

function waitAfter(error: unknown, backoffMs: number): number {
  const asked = error instanceof KubeApiError ? error.retryAfterMs : undefined;
  return Math.max(backoffMs, Math.min(asked ?? 0, 60_000));
}
