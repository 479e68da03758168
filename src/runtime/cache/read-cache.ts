import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';

/** What changed; `before` is absent for an addition, `after` for a deletion. */
export interface CacheChange<T> {
  before?: T;
  after?: T;
}

/** Objects of one kind as last seen by one list/watch, kept current. */
export interface ReadCache<T extends KubeObject> {
  readonly type: ResourceType;
  /** Resolves when the first list arrived. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly isSynced: boolean;
  get(key: ObjectKey): T | undefined;
  list(namespace?: string): T[];
  /** Takes an object we wrote into the cache ahead of its watch event, if it is newer. */
  observe(object: T): void;
  /** Calls `listener` on each change; the returned function unsubscribes. */
  onChange(listener: (change: CacheChange<T>) => void): () => void;
}

/** One cache per kind, shared by all controllers of the process. */
export interface Caches {
  for<T extends KubeObject>(type: ResourceType): ReadCache<T>;
}
