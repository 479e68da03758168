import { LRUCache } from 'lru-cache';

/** A cache bounded by bytes and by number, that forgets what was not used for longest. */
export interface ByteLru<Value> {
  get(key: string): Value | undefined;
  /** A value larger than the whole cache is not kept. */
  set(key: string, value: Value, bytes: number): void;
  delete(key: string): void;
  /** What is kept now. */
  readonly bytes: number;
  readonly size: number;
}

/**
 * An empty cache of at most `maxBytes`, as its users count them, and at most as many values as
 * `maxValues` says at the time.
 */
export function createByteLru<Value extends object>(
  maxBytes: number,
  maxValues: () => number = () => Infinity,
): ByteLru<Value> {
  // lru-cache knows no cache without room, and no entry without size.
  const cache = new LRUCache<string, Value>({ maxSize: Math.max(1, Math.floor(maxBytes)) });
  return {
    get: (key) => cache.get(key),
    set(key, value, bytes) {
      cache.set(key, value, { size: Math.max(1, Math.ceil(bytes)) });
      for (const most = maxValues(); cache.size > most;) cache.pop();
    },
    delete: (key) => void cache.delete(key),
    get bytes() {
      return cache.calculatedSize;
    },
    get size() {
      return cache.size;
    },
  };
}
