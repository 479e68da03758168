import { systemClock, type Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { parseLabelExpression, type LabelExpression } from '../../kube/label-expression.ts';
import { listWatch, type Observation } from '../../kube/watch.ts';
import { ObjectStore } from './object-store.ts';
import type { CacheChange, Caches, ReadCache } from './read-cache.ts';

/**
 * Silence after which a watch that seems open counts as stale. Bookmarks come once a minute, the
 * first one up to two minutes after the list (measured on 1.36).
 */
const silenceMs = 135_000;

/** A cache that knows how far behind the API server it may be. */
export interface LiveCache<T extends KubeObject> extends ReadCache<T> {
  /**
   * Milliseconds for which this cache may have missed changes: 0 while its watch is heard from,
   * Infinity before the first list. Who grants on what it holds refuses above a bound.
   */
  readonly staleForMs: number;
}

export interface LiveCaches extends Caches {
  for<T extends KubeObject>(type: ResourceType): LiveCache<T>;
  /** True when every cache that was asked for has its first list. */
  readonly isSynced: boolean;
  /** The kinds whose first list is still missing. */
  readonly missing: ResourceType[];
}

export interface CachesOptions {
  client: KubeClient;
  signal: AbortSignal;
  log: Log;
  clock?: Clock;
  /** Label selector per kind: the shard's for reconciled kinds, the config watch's for Secrets. */
  selectorFor?: (type: ResourceType) => string | undefined;
  /** The one namespace that is looked at, per kind: `--watch-all-namespaces=false`. */
  namespaceFor?: (type: ResourceType) => string | undefined;
  /** Only metadata crosses the wire and is held: for kinds of which nothing else is looked at. */
  metadataOnly?: boolean;
}

/**
 * One shared list/watch per kind, started when the kind is first asked for and running until the
 * signal aborts. Objects are shared between all readers: nobody may change them. managedFields
 * are dropped on arrival.
 */
export function createCaches(options: CachesOptions): LiveCaches {
  const feeds = new Map<string, Feed>();
  return {
    for<T extends KubeObject>(type: ResourceType): LiveCache<T> {
      const id = JSON.stringify([type.group, type.kind]);
      let feed = feeds.get(id);
      if (!feed) {
        feeds.set(id, (feed = new Feed(type, options)));
        feed.start();
      }
      // The kind's type is the caller's claim, as with every read from the API server.
      return feed as unknown as LiveCache<T>;
    },
    get isSynced() {
      return [...feeds.values()].every((feed) => feed.isSynced);
    },
    get missing() {
      return [...feeds.values()].filter((feed) => !feed.isSynced).map(({ type }) => type);
    },
  };
}

class Feed implements LiveCache<KubeObject> {
  readonly type: ResourceType;
  readonly #options: CachesOptions;
  readonly #clock: Clock;
  readonly #selector: string | undefined;
  readonly #isSelected: LabelExpression | undefined;
  readonly #namespace: string | undefined;
  readonly #store: ObjectStore<KubeObject>;
  readonly #listeners = new Set<(change: CacheChange<KubeObject>) => void>();
  readonly #firstList = Promise.withResolvers<void>();
  #isSynced = false;
  #heardAt = -Infinity;
  #failing = false;

  constructor(type: ResourceType, options: CachesOptions) {
    this.type = type;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#selector = options.selectorFor?.(type);
    this.#isSelected =
      this.#selector === undefined ? undefined : parseLabelExpression(this.#selector);
    this.#namespace = options.namespaceFor?.(type);
    this.#store = new ObjectStore(this.#clock, (change) => this.#announce(change));
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get staleForMs(): number {
    const silentMs = this.#clock.now() - this.#heardAt;
    return this.#failing || silentMs > silenceMs ? silentMs : 0;
  }

  get(...args: Parameters<ObjectStore<KubeObject>['get']>): KubeObject | undefined {
    return this.#store.get(...args);
  }

  list(namespace?: string): KubeObject[] {
    return this.#store.list(namespace);
  }

  observe(object: KubeObject): void {
    if (!this.get(object.metadata) && !this.#selects(object)) return;
    this.#store.observe(withoutManagedFields(object));
  }

  /** Whether an object that is new here belongs to the selection; only the watch tells of odd selectors. */
  #selects({ metadata }: KubeObject): boolean {
    const { labels = {}, namespace } = metadata;
    if (this.#namespace !== undefined && namespace !== this.#namespace) return false;
    return this.#selector === undefined || (this.#isSelected?.(labels) ?? false);
  }

  onChange(listener: (change: CacheChange<KubeObject>) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  synced(signal?: AbortSignal): Promise<void> {
    if (this.#isSynced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal?.reason as Error);
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      void this.#firstList.promise.then(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  start(): void {
    this.#follow().catch((error: unknown) => {
      this.#failing = true;
      this.#options.log.error('watch ended unexpectedly', error, { kind: this.type.kind });
    });
  }

  async #follow(): Promise<void> {
    const { signal, log } = this.#options;
    const labelSelector = this.#selector;
    const namespace = this.#namespace;
    const observations = listWatch({
      client: this.#listening(),
      type: this.type,
      signal,
      log,
      clock: this.#clock,
      reduce: withoutManagedFields,
      ...(this.#options.metadataOnly && { metadataOnly: true }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(namespace === undefined ? {} : { namespace }),
    });
    for await (const observation of observations) this.#apply(observation);
    this.#failing = true;
  }

  #apply(observation: Observation<KubeObject>): void {
    switch (observation.type) {
      case 'sync':
        this.#store.replace(observation.items);
        this.#heard();
        this.#isSynced = true;
        this.#firstList.resolve();
        break;
      case 'changed':
        this.#store.change(observation.object);
        break;
      case 'removed':
        this.#store.remove(observation.object);
        break;
      case 'failed':
        this.#failed(observation.error, observation.retryMs);
    }
  }

  /** The client, with an ear on its watches: to be accepted, and bookmarks, are news as well. */
  #listening(): KubeClient {
    const { client } = this.#options;
    const store = this.#store;
    const heard = () => this.#heard();
    return {
      ...client,
      async *watch(type, options) {
        // Until the initial list is complete, nothing of it shows here.
        const isInitial = options.sendInitialEvents === true;
        const ears = isInitial ? options : { ...options, onOpen: heard };
        for await (const event of client.watch(type, ears)) {
          if (event.type === 'BOOKMARK') store.reached(event.resourceVersion);
          if (event.type === 'BOOKMARK' || !isInitial) heard();
          // The kind of object is the caller's claim.
          yield event as never;
        }
      },
    };
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
    if (this.#failing) this.#options.log.info('watch resumed', { kind: this.type.kind });
    this.#failing = false;
  }

  #failed(error: unknown, retryMs: number): void {
    const { kind } = this.type;
    // Kinds of others may come later: until then there is nothing wrong.
    if (!this.#failing && isNotFound(error)) this.#options.log.info('kind not served', { kind });
    else if (!this.#failing) this.#options.log.error('watch interrupted', error, { kind, retryMs });
    this.#failing = true;
  }

  #announce(change: CacheChange<KubeObject>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error('cache listener failed', error, { kind: this.type.kind });
      }
    }
  }
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
