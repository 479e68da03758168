import { isDeepStrictEqual } from 'node:util';
import { referenceId, type KubeObject, type ObjectKey, type ResourceType } from '../kube/object.ts';
import type { CacheChange, Caches } from './cache/read-cache.ts';

/** What a run tracks: one object, or any object of the kind in a namespace. */
export type Tracked = ObjectKey | { namespace: string };

/** What one run tracks, from its beginning to its end. */
export interface RunTracking {
  track(type: ResourceType, tracked: Tracked): void;
  /** Ends the run. With `keep`, what the run before tracked stays tracked as well. */
  end(options?: { keep?: boolean }): void;
}

/**
 * The reverse index of `Run.track`: which objects look at which.
 *
 * Guarantees: a change of a tracked object wakes those who track it. No wake-up is lost: a change
 * counts from the beginning of the run, whether it tracks before it reads or after, because what
 * changed since the oldest run under way began is remembered; and while a run goes on, what the
 * run before it tracked counts too. A change that nobody could act on (resourceVersion,
 * managedFields) wakes nobody.
 */
export interface Tracking {
  /** A run of `owner` begins; of one owner there is one at a time. */
  begin(owner: string): RunTracking;
  /** The owner is gone. */
  forget(owner: string): void;
  stop(): void;
  /** Number of tracked references, for tests and metrics. */
  readonly size: number;
}

export interface TrackingOptions {
  caches: Caches;
  /** The kinds that may be tracked. */
  watches: readonly ResourceType[];
  /** Called with owners to be looked at again, once per change. */
  wake: (owner: string) => void;
  /** The owner that an object is itself, if it is one: it does not wake itself. */
  ownerOf?: (type: ResourceType, key: ObjectKey) => string | undefined;
}

/** Changes remembered before the ones that no run can have missed are dropped. */
const maxRemembered = 10_000;

class Index implements Tracking {
  readonly #options: TrackingOptions;
  readonly #owners = new Map<string, Set<string>>();
  readonly #tracked = new Map<string, Set<string>>();
  readonly #unsubscribe: (() => void)[];
  /** Runs under way, in the order they began, with the change that was last when they did. */
  readonly #runs = new Map<RunTracking, number>();
  readonly #changed = new Map<string, number>();
  #change = 0;

  constructor(options: TrackingOptions) {
    this.#options = options;
    this.#unsubscribe = options.watches.map((type) =>
      options.caches.for(type).onChange((change) => this.#onChange(type, change)),
    );
  }

  get size(): number {
    return [...this.#tracked.values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  begin(owner: string): RunTracking {
    const began = this.#change;
    const ids = new Set<string>();
    const run: RunTracking = {
      track: (type, tracked) => {
        const id = idOf(this.#watched(type), tracked);
        if ('name' in tracked && this.#options.ownerOf?.(type, tracked) === owner) return;
        ids.add(id);
        this.#link(owner, id);
        if ((this.#changed.get(id) ?? 0) > began) this.#options.wake(owner);
      },
      end: ({ keep = false } = {}) => {
        this.#runs.delete(run);
        this.#prune();
        if (keep) return;
        for (const id of this.#tracked.get(owner) ?? []) if (!ids.has(id)) this.#unlink(owner, id);
      },
    };
    this.#runs.set(run, began);
    return run;
  }

  forget(owner: string): void {
    for (const id of this.#tracked.get(owner) ?? []) this.#unlink(owner, id);
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #watched(type: ResourceType): ResourceType {
    const { watches } = this.#options;
    if (watches.some(({ group, kind }) => group === type.group && kind === type.kind)) return type;
    throw new Error(`the controller does not watch ${type.kind}, so a run cannot track it`);
  }

  #onChange(type: ResourceType, { before, after }: CacheChange<KubeObject>): void {
    const object = after ?? before;
    if (!object || !isMeaningful(before, after)) return;
    const { name, namespace = '' } = object.metadata;
    const self = this.#options.ownerOf?.(type, object.metadata);
    const woken = new Set<string>();
    this.#change++;
    for (const id of [idOf(type, { namespace, name }), idOf(type, { namespace })]) {
      if (this.#runs.size > 0) this.#changed.set(id, this.#change);
      for (const owner of this.#owners.get(id) ?? []) woken.add(owner);
    }
    for (const owner of woken) if (owner !== self) this.#options.wake(owner);
  }

  #link(owner: string, id: string): void {
    setOf(this.#owners, id).add(owner);
    setOf(this.#tracked, owner).add(id);
  }

  #unlink(owner: string, id: string): void {
    for (const [map, key, value] of [
      [this.#owners, id, owner],
      [this.#tracked, owner, id],
    ] as const) {
      const values = map.get(key);
      values?.delete(value);
      if (values?.size === 0) map.delete(key);
    }
  }

  /** Forgets the changes that every run under way has begun after. */
  #prune(): void {
    if (this.#runs.size === 0) this.#changed.clear();
    if (this.#changed.size <= maxRemembered) return;
    const [oldest = this.#change] = this.#runs.values();
    for (const [id, change] of this.#changed) if (change <= oldest) this.#changed.delete(id);
  }
}

export function createTracking(options: TrackingOptions): Tracking {
  return new Index(options);
}

function idOf(type: ResourceType, tracked: Tracked): string {
  if ('name' in tracked) return referenceId(type, tracked);
  return JSON.stringify([type.group, type.kind, tracked.namespace]);
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  let values = map.get(key);
  if (!values) map.set(key, (values = new Set()));
  return values;
}

/** False when nothing differs but how the API server counts changes. */
function isMeaningful(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (!before || !after) return true;
  return !isDeepStrictEqual(withoutVersion(before), withoutVersion(after));
}

function withoutVersion({ metadata, ...object }: KubeObject): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...rest } = metadata;
  return { ...object, metadata: rest };
}
