import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import { listWatch, type Observation } from '../../kube/watch.ts';
import { createKindTable, type ManagedChange } from './kind-table.ts';
import { isNewer, type ManagedState, type ManagedView } from './managed-state.ts';
import { createOwnWrites } from './own-writes.ts';

export interface KindWatchOptions<Marks> {
  client: KubeClient;
  type: ResourceType;
  /** Selects the objects somebody owns. */
  labelSelector: string;
  reduce(object: KubeObject): ManagedState<Marks>;
  /** Called for each change, except for the echo of one of our own writes. */
  onChange(change: ManagedChange<Marks>): void;
  clock: Clock;
  log: Log;
}

/** One list/watch over the managed objects of one kind, all namespaces. */
export interface KindWatch<Marks> {
  /** Resolves when it is known whether the kind can be watched and, if so, what there is. */
  readonly settled: Promise<void>;
  view(key: ObjectKey): ManagedView<Marks>;
  /** Runs a write of ours; its result is known here before its watch event, which wakes nobody. */
  write(key: ObjectKey, send: () => Promise<KubeObject>): Promise<ManagedState<Marks>>;
  /** Runs a deletion of ours: the end of that very object is no drift. */
  remove(key: ObjectKey, uid: string, send: () => Promise<void>): Promise<void>;
  stop(): void;
}

interface Item<Marks> {
  id: string;
  state: ManagedState<Marks>;
}

const idOf = ({ namespace = '', name }: ObjectKey) => `${namespace}/${name}`;

/** Starts watching at once, and goes on through any failure until it is stopped. */
export function createKindWatch<Marks>(options: KindWatchOptions<Marks>): KindWatch<Marks> {
  const { client, type, labelSelector, reduce, clock, log } = options;
  const table = createKindTable<Marks>();
  const own = createOwnWrites<Marks>();
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  let watched = false;

  const tell = (...changes: (ManagedChange<Marks> | undefined)[]) => {
    for (const change of changes) {
      const news = change && own.sift(change);
      if (news) options.onChange(news);
    }
  };
  const take = (observation: Observation<Item<Marks>>) => {
    if (observation.type === 'sync') {
      const items = observation.items.map(({ id, state }) => [id, state] as const);
      const changes = table.replace(new Map(items));
      // What was there before we looked is no news.
      if (watched) tell(...changes);
      watched = true;
    } else if (observation.type === 'changed') {
      tell(table.put(observation.object.id, observation.object.state));
    } else if (observation.type === 'removed') {
      tell(table.remove(observation.object.id, observation.object.state.uid));
    } else {
      if (hasCode(observation.error, gone)) tell(...table.replace(new Map()));
      if (hasCode(observation.error, refused)) watched = false;
    }
    first.resolve();
  };
  const run = async () => {
    const toItem = (object: KubeObject) => ({ id: idOf(object.metadata), state: reduce(object) });
    const { signal } = stopping;
    const source = { client, type, labelSelector, reduce: toItem, signal, clock, log };
    for await (const observation of listWatch<Item<Marks>>(source)) take(observation);
    first.resolve();
  };
  void run();

  return {
    settled: first.promise,
    view(key) {
      if (!watched) return { known: 'nothing' };
      const live = table.get(idOf(key));
      return live ? { known: 'live', live } : { known: 'absent' };
    },
    async write(key, send) {
      const id = idOf(key);
      own.begin(id);
      let state: ManagedState<Marks>;
      try {
        state = reduce(await send());
      } catch (error) {
        tell(own.end(id));
        throw error;
      }
      const meanwhile = own.end(id);
      const known = table.get(id);
      if (meanwhile && !meanwhile.after) tell({ id, before: state });
      else if (known && isNewer(known.resourceVersion, state.resourceVersion)) {
        tell({ id, before: state, after: known });
      } else if (watched) table.put(id, state);
      return state;
    },
    async remove(key, uid, send) {
      const id = idOf(key);
      own.expectEnd(id, uid);
      try {
        await send();
      } catch (error) {
        own.forgetEnd(id);
        throw error;
      }
      if (!table.get(id)) own.forgetEnd(id);
    },
    stop: () => stopping.abort(),
  };
}

/** The kind itself is gone: its CRD was deleted. */
const gone = [404];
/** Watching will not work until somebody changes the cluster. */
const refused = [401, 403, 404, 405];

function hasCode(error: unknown, codes: readonly number[]): boolean {
  return error instanceof KubeApiError && codes.includes(error.code);
}
