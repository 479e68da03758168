import {
  referenceId,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../src/kube/object.ts';
import type { Caches, ReadCache } from '../../src/runtime/cache/read-cache.ts';

/** What decisions read from, held still: for tests of decisions, never of watching. */
export interface MemoryCaches extends Caches {
  put(type: ResourceType, object: KubeObject): void;
  remove(type: ResourceType, key: ObjectKey): void;
  /** Until said otherwise, every cache is synced. */
  isSynced: boolean;
  /** How long the watches have been silent. */
  staleForMs: number;
}

export function createMemoryCaches(): MemoryCaches {
  const objects = new Map<string, { type: ResourceType; object: KubeObject }>();
  const caches: MemoryCaches = {
    isSynced: true,
    staleForMs: 0,
    put: (type, object) => {
      objects.set(referenceId(type, object.metadata), { type, object });
    },
    remove: (type, key) => {
      objects.delete(referenceId(type, key));
    },
    for: <T extends KubeObject>(type: ResourceType): ReadCache<T> & { staleForMs: number } => ({
      type,
      get staleForMs() {
        return caches.staleForMs;
      },
      get isSynced() {
        return caches.isSynced;
      },
      synced: () => (caches.isSynced ? Promise.resolve() : new Promise(() => {})),
      // The test put objects of this type under it.
      get: (key) => objects.get(referenceId(type, key))?.object as T | undefined,
      list: (namespace) =>
        [...objects.values()]
          .filter((each) => each.type.kind === type.kind && each.type.group === type.group)
          .map(({ object }) => object as T)
          .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
      observe: (object) => caches.put(type, object),
      onChange: () => () => {},
    }),
  };
  return caches;
}
