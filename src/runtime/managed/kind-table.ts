import type { ObjectMeta } from '../../kube/object.ts';
import { isNewer, type ManagedState } from './managed-state.ts';

/** What happened to one object; `after` is absent when it is gone. */
export interface ManagedChange<Marks> {
  /** `namespace/name`. */
  id: string;
  /** We did it ourselves: no drift, though somebody may wait for it. */
  own?: boolean;
  before?: ManagedState<Marks>;
  after?: ManagedState<Marks>;
}

/** The objects of one kind with owner labels, from the watch and from our own writes. */
export interface KindTable<Marks> {
  get(id: string): ManagedState<Marks> | undefined;
  /** What is known of the object, if it is known in this very version. */
  same(
    id: string,
    of: Pick<ObjectMeta, 'uid' | 'resourceVersion'>,
  ): ManagedState<Marks> | undefined;
  /** Takes the whole collection; what is not in it is gone. Returns what changed. */
  replace(items: ReadonlyMap<string, ManagedState<Marks>>): ManagedChange<Marks>[];
  /** Takes one state unless the same or a newer one is known. */
  put(id: string, state: ManagedState<Marks>): ManagedChange<Marks> | undefined;
  /** The object of `uid` is gone; a successor of the same name stays. */
  remove(id: string, uid: string): ManagedChange<Marks> | undefined;
}

export function createKindTable<Marks>(): KindTable<Marks> {
  type State = ManagedState<Marks>;
  const states = new Map<string, State>();

  const put = (id: string, state: State): ManagedChange<Marks> | undefined => {
    const before = states.get(id);
    if (before && !isNewer(state.resourceVersion, before.resourceVersion)) return undefined;
    states.set(id, state);
    return before ? { id, before, after: state } : { id, after: state };
  };
  const drop = (id: string, before: State): ManagedChange<Marks> => {
    states.delete(id);
    return { id, before };
  };

  return {
    get: (id) => states.get(id),
    same(id, { uid, resourceVersion }) {
      const state = states.get(id);
      return state?.uid === uid && state?.resourceVersion === resourceVersion ? state : undefined;
    },
    replace(items) {
      const gone = [...states].filter(([id]) => !items.has(id));
      const removals = gone.map(([id, before]) => drop(id, before));
      const changes = [...items].map(([id, state]) => put(id, state));
      return [...removals, ...changes.filter((change) => change !== undefined)];
    },
    put,
    remove(id, uid) {
      const before = states.get(id);
      return before?.uid === uid ? drop(id, before) : undefined;
    },
  };
}
