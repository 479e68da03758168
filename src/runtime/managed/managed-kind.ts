import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import { createKindTable, type ManagedChange } from './kind-table.ts';
import { isNewer, type ManagedState, type ManagedView } from './managed-state.ts';
import { createOwnWrites } from './own-writes.ts';

/** What a watch reports of one kind. */
export interface KindNews<Marks> {
  /** What is kept of an object; our own writes come back by the watch. */
  reduce(id: string, object: KubeObject): ManagedState<Marks>;
  /** Everything there is; the kind is watched from here on. */
  listed(items: ReadonlyMap<string, ManagedState<Marks>>): void;
  changed(id: string, state: ManagedState<Marks>): void;
  removed(id: string, uid: string): void;
  /** Watching goes on from where it was interrupted; what was listed counts again. */
  resumed(): void;
  /** Watching does not work. `gone`: neither do the objects exist, as their CRD was deleted. */
  unwatched(gone: boolean): void;
}

/** What is known of the managed objects of one kind, from its watch and from our own writes. */
export interface ManagedKind<Marks> {
  news: KindNews<Marks>;
  view(key: ObjectKey): ManagedView<Marks>;
  /** Runs a write of ours; its result is known here before its watch event, which wakes nobody. */
  write(key: ObjectKey, send: () => Promise<KubeObject>): Promise<ManagedState<Marks>>;
  /** Runs a deletion of ours: the end of that very object is no drift. */
  remove(key: ObjectKey, uid: string, send: () => Promise<void>): Promise<void>;
}

/** The id of an object within its kind: `namespace/name`, or `/name`. */
export function managedId({ namespace = '', name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

/** `onChange` hears of each change that is not the echo of a write of ours. */
export function createManagedKind<Marks>(
  reduce: (object: KubeObject) => ManagedState<Marks>,
  onChange: (change: ManagedChange<Marks>) => void,
): ManagedKind<Marks> {
  const table = createKindTable<Marks>();
  const own = createOwnWrites<Marks>();
  let listed = false;
  let watched = false;

  const tell = (...changes: (ManagedChange<Marks> | undefined)[]) => {
    for (const change of changes) {
      const news = change && own.sift(change);
      if (news) onChange(news);
    }
  };
  const accept = (id: string, state: ManagedState<Marks>, meanwhile?: ManagedChange<Marks>) => {
    const known = table.get(id);
    if (meanwhile && !meanwhile.after) tell({ id, before: state });
    else if (known && isNewer(known.resourceVersion, state.resourceVersion)) {
      tell({ id, before: state, after: known });
    } else if (listed) table.put(id, state);
  };
  const news: KindNews<Marks> = {
    reduce: (id, object) => table.same(id, object.metadata) ?? reduce(object),
    listed(items) {
      const changes = table.replace(items);
      // What was there before we looked is no news.
      if (listed) tell(...changes);
      listed = true;
      watched = true;
    },
    changed: (id, state) => tell(table.put(id, state)),
    removed: (id, uid) => tell(table.remove(id, uid)),
    resumed: () => void (watched = listed),
    unwatched(gone) {
      if (gone) {
        tell(...table.replace(new Map()));
        listed = false;
      }
      watched = false;
    },
  };

  return {
    news,
    view(key) {
      if (!watched) return { known: 'nothing' };
      const live = table.get(managedId(key));
      return live ? { known: 'live', live } : { known: 'absent' };
    },
    async write(key, send) {
      const id = managedId(key);
      const written = await own.during(id, async () => news.reduce(id, await send()), tell);
      accept(id, written.result, written.meanwhile);
      return written.result;
    },
    async remove(key, uid, send) {
      const id = managedId(key);
      await own.ending(id, uid, send);
      if (!table.get(id)) own.forgetEnd(id);
    },
  };
}
