import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { listWatch } from '../../kube/watch.ts';

/** What is followed: a collection, or one object of it. */
export interface FollowOptions {
  client: KubeClient;
  type: ResourceType;
  /** All namespaces when absent. */
  namespace?: string | undefined;
  fieldSelector?: string | undefined;
  signal: AbortSignal;
  /** Told when the connection is lost. */
  progress(line: string): void;
}

/** What a watch shows: the objects as they are at first, then each change. */
export type Sight =
  | { type: 'all'; objects: KubeObject[] }
  | { type: 'changed'; object: KubeObject }
  | { type: 'removed'; object: KubeObject };

/**
 * Watches through any failure of the connection until `signal` aborts, and then ends. Throws the
 * API server's refusal, which waiting does not mend.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<Sight> {
  const { client, type, namespace, fieldSelector, signal, progress } = options;
  const observations = listWatch({
    client,
    type,
    signal,
    ...(namespace === undefined ? {} : { namespace }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  });
  for await (const observation of observations) {
    if (observation.type === 'failed') {
      const { error } = observation;
      if (error instanceof KubeApiError && error.code < 429) throw error;
      progress('► the connection to the API server is lost: trying again');
    } else if (observation.type === 'sync') {
      yield { type: 'all', objects: observation.items };
    } else {
      yield { type: observation.type, object: observation.object };
    }
  }
}

/** {@link follow} for one object: it as it is at first and after each change; undefined when it is not there. */
export async function* followOne(
  options: Omit<FollowOptions, 'fieldSelector'> & { name: string },
): AsyncGenerator<KubeObject | undefined> {
  const { name, ...rest } = options;
  for await (const sight of follow({ ...rest, fieldSelector: `metadata.name=${name}` })) {
    if (sight.type === 'all') yield sight.objects[0];
    else yield sight.type === 'changed' ? sight.object : undefined;
  }
}

/** Sequences as one, in the order things come; ends when all have ended. */
export async function* merge<T>(sequences: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  const next = (iterator: AsyncIterator<T>) =>
    iterator.next().then((result) => ({ iterator, result }));
  const pending = new Map(iterators.map((iterator) => [iterator, next(iterator)]));
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values());
      if (result.done === true) pending.delete(iterator);
      else {
        pending.set(iterator, next(iterator));
        yield result.value;
      }
    }
  } finally {
    // What has not ended is waiting for its signal, and is not waited for.
    for (const promise of pending.values()) promise.catch(() => {});
  }
}
