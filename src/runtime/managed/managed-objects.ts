import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  apiVersionOf,
  formatKey,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../kube/object.ts';
import { createDriftPace } from './drift-pace.ts';
import type { ManagedChange } from './kind-table.ts';
import { createKindWatch, type KindWatch } from './kind-watch.ts';
import type { ManagedState, ManagedView } from './managed-state.ts';
import { reduceManaged, type ManagedProfile } from './reduce-managed.ts';
import { wakesOf, type Wake } from './wakes.ts';

export interface ManagedObjectsOptions<Marks> {
  /** Lists and watches the managed kinds in all namespaces, as the control plane. */
  client: KubeClient;
  profile: ManagedProfile<Marks>;
  clock: Clock;
  log: Log;
}

/**
 * What a kind of appliers (Kustomizations, say) left in one cluster, watched once per kind of
 * object for all of them.
 *
 * An owner says which kinds it uses; a kind is watched while anyone does. Owners are woken when
 * something they applied drifts or is deleted and, while they wait for health, when it moves on.
 * Where a kind cannot be watched, views are `nothing`, nobody is woken, and owners look for
 * themselves at their interval.
 */
export interface ManagedObjects<Marks> {
  /** Replaces the kinds an owner uses, and resolves once all of them were looked at. */
  use(owner: ObjectKey, types: readonly ResourceType[], signal?: AbortSignal): Promise<void>;
  /** The owner is gone. */
  release(owner: ObjectKey): void;
  view(type: ResourceType, key: ObjectKey): ManagedView<Marks>;
  /** What would be kept of an object that was read elsewhere. */
  reduce(object: KubeObject): ManagedState<Marks>;
  /** Runs a write of ours, so that its result is known at once and its echo wakes nobody. */
  write(
    type: ResourceType,
    key: ObjectKey,
    send: () => Promise<KubeObject>,
  ): Promise<ManagedState<Marks>>;
  /** Runs a deletion of the object of that uid, which is then no drift. */
  remove(
    type: ResourceType,
    target: { key: ObjectKey; uid: string },
    send: () => Promise<void>,
  ): Promise<void>;
  /** Whether the owner is to hear how far its objects are. */
  await(owner: ObjectKey, waiting: boolean): void;
  /** Calls `listener` for each wake; the returned function unsubscribes. */
  onWake(listener: (wake: Wake) => void): () => void;
  /** Ends all watches. */
  close(): void;
}

interface WatchedKind<Marks> {
  watch: KindWatch<Marks>;
  users: Set<string>;
}

/** A map key: versions of a kind are watched apart, so one that vanishes takes no other along. */
const kindId = (type: ResourceType) => `${apiVersionOf(type)}/${type.kind}`;

export function createManagedObjects<Marks>(
  options: ManagedObjectsOptions<Marks>,
): ManagedObjects<Marks> {
  const { client, profile, clock, log } = options;
  const kinds = new Map<string, WatchedKind<Marks>>();
  const waiting = new Set<string>();
  const listeners = new Set<(wake: Wake) => void>();
  const pace = createDriftPace(clock);
  const reduce = (object: KubeObject) => reduceManaged(object, profile);

  const wake = (kind: string, change: ManagedChange<Marks>) => {
    for (const one of wakesOf(change, (owner) => waiting.has(formatKey(owner)))) {
      const delayMs = one.cause === 'drift' ? pace.delayFor(`${kind} ${change.id}`) : 0;
      const tell = () => listeners.forEach((listener) => listener(one));
      if (delayMs === 0) tell();
      else clock.after(delayMs, tell);
    }
  };
  const start = (type: ResourceType): WatchedKind<Marks> => {
    const id = kindId(type);
    const labelSelector = profile.ownerLabels.name;
    const onChange = (change: ManagedChange<Marks>) => wake(id, change);
    const watch = createKindWatch({ client, type, labelSelector, reduce, onChange, clock, log });
    const kind = { watch, users: new Set<string>() };
    kinds.set(id, kind);
    return kind;
  };
  const leave = (owner: string, except: ReadonlySet<string>) => {
    for (const [id, { watch, users }] of kinds) {
      if (except.has(id) || !users.delete(owner) || users.size > 0) continue;
      watch.stop();
      kinds.delete(id);
    }
  };

  return {
    async use(owner, types, signal) {
      const name = formatKey(owner);
      leave(name, new Set(types.map(kindId)));
      const used = types.map((type) => kinds.get(kindId(type)) ?? start(type));
      for (const { users } of used) users.add(name);
      await orAborted(Promise.all(used.map(({ watch }) => watch.settled)), signal);
    },
    release(owner) {
      leave(formatKey(owner), new Set());
      waiting.delete(formatKey(owner));
    },
    view: (type, key) => kinds.get(kindId(type))?.watch.view(key) ?? { known: 'nothing' },
    reduce,
    async write(type, key, send) {
      const kind = kinds.get(kindId(type));
      return kind ? kind.watch.write(key, send) : reduce(await send());
    },
    async remove(type, { key, uid }, send) {
      const kind = kinds.get(kindId(type));
      await (kind ? kind.watch.remove(key, uid, send) : send());
    },
    await(owner, isWaiting) {
      if (isWaiting) waiting.add(formatKey(owner));
      else waiting.delete(formatKey(owner));
    },
    onWake(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const { watch } of kinds.values()) watch.stop();
      kinds.clear();
    },
  };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
