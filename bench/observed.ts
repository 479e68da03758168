import type { KubeClient } from '../src/kube/client.ts';
import { formatKey, keyOf, type KubeObject, type ResourceType } from '../src/kube/object.ts';
import { listWatch } from '../src/kube/watch.ts';

/** A collection of the cluster as a watch shows it, so that waiting asks the API server nothing. */
export interface Observed<T> extends Disposable {
  /** By `namespace/name`. */
  readonly items: ReadonlyMap<string, T>;
  /** Resolves as soon as the goal is met. */
  until(goal: Goal<T>): Promise<void>;
}

/** `count` objects that are accepted, at the same time; a failure after `seconds`. */
export interface Goal<T> {
  what: string;
  count: number;
  accept: (item: T, key: string) => boolean;
  seconds?: number;
}

/** Starts to watch; `reduce` keeps of an object what goals look at. */
export function observe<T>(
  client: KubeClient,
  type: ResourceType,
  reduce: (object: KubeObject) => T,
): Observed<T> {
  const items = new Map<string, T>();
  const waiting = new Set<(key: string | undefined) => void>();
  const stop = new AbortController();
  const keyed = (object: KubeObject) => ({ key: formatKey(keyOf(object)), value: reduce(object) });

  async function follow(): Promise<void> {
    const options = { client, type, reduce: keyed, signal: stop.signal };
    for await (const seen of listWatch(options)) {
      if (seen.type === 'failed') continue;
      if (seen.type === 'sync') {
        items.clear();
        for (const { key, value } of seen.items) items.set(key, value);
        for (const look of waiting) look(undefined);
      } else {
        const { key, value } = seen.object;
        if (seen.type === 'removed') items.delete(key);
        else items.set(key, value);
        for (const look of waiting) look(key);
      }
    }
  }
  void follow();

  return {
    items,
    async until({ what, count, accept, seconds = 600 }) {
      const met = new Set<string>();
      const reached = Promise.withResolvers<void>();
      const check = (key: string) => {
        const item = items.get(key);
        if (item !== undefined && accept(item, key)) met.add(key);
        else met.delete(key);
      };
      const look = (key: string | undefined) => {
        if (key !== undefined) check(key);
        else for (const each of items.keys()) check(each);
        if (met.size >= count) reached.resolve();
      };
      const late = setTimeout(() => {
        const missing = [...items].find(([key]) => !met.has(key));
        const seen = `${met.size} of ${count}; for example ${JSON.stringify(missing)}`;
        reached.reject(new Error(`not within ${seconds} s: ${what}: ${seen}`));
      }, seconds * 1000);
      waiting.add(look);
      try {
        look(undefined);
        await reached.promise;
      } finally {
        clearTimeout(late);
        waiting.delete(look);
      }
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
