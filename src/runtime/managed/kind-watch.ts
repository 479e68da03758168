import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { listWatch, type Observation } from '../../kube/watch.ts';
import { managedId, type KindNews } from './managed-kind.ts';
import type { ManagedState } from './managed-state.ts';

export interface KindWatchOptions<Marks> {
  client: KubeClient;
  type: ResourceType;
  /** Selects the objects somebody owns. */
  labelSelector: string;
  news: KindNews<Marks>;
  clock: Clock;
  log: Log;
}

/** One list/watch over the managed objects of one kind, all namespaces. */
export interface KindWatch {
  /** Resolves when it is known whether the kind can be watched and, if so, what there is. */
  readonly settled: Promise<void>;
  stop(): void;
}

interface Item<Marks> {
  id: string;
  state: ManagedState<Marks>;
}

/** Starts watching at once, and goes on through any failure until it is stopped. */
export function startKindWatch<Marks>(options: KindWatchOptions<Marks>): KindWatch {
  const { type, labelSelector, clock, log, news } = options;
  const client = listening(options.client, () => news.resumed());
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  const reduce = (object: KubeObject): Item<Marks> => {
    const id = managedId(object.metadata);
    return { id, state: news.reduce(id, object) };
  };
  const run = async () => {
    const { signal } = stopping;
    const source = { client, type, labelSelector, reduce, signal, clock, log };
    for await (const observation of listWatch<Item<Marks>>(source)) {
      report(observation, news);
      first.resolve();
    }
    first.resolve();
  };
  void run();
  return { settled: first.promise, stop: () => stopping.abort() };
}

/** The client, with an ear on its watches: one that goes on where the last ended has missed nothing. */
function listening(client: KubeClient, onResume: () => void): KubeClient {
  return {
    ...client,
    watch: (type, options) =>
      client.watch(
        type,
        options.sendInitialEvents === true ? options : { ...options, onOpen: onResume },
      ),
  };
}

function report<Marks>(observation: Observation<Item<Marks>>, news: KindNews<Marks>): void {
  switch (observation.type) {
    case 'sync':
      news.listed(new Map(observation.items.map(({ id, state }) => [id, state])));
      break;
    case 'changed':
      news.changed(observation.object.id, observation.object.state);
      break;
    case 'removed':
      news.removed(observation.object.id, observation.object.state.uid);
      break;
    case 'failed': {
      const { error } = observation;
      // Until somebody changes the cluster, or an API server that starts knows its RBAC; other
      // failures are over soon, and the view still holds.
      const isRefused = error instanceof KubeApiError && [401, 403, 404, 405].includes(error.code);
      if (isRefused) news.unwatched(error.code === 404);
      break;
    }
  }
}
