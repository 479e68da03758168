import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  formatKey,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../kube/object.ts';
import { createDriftPace } from './drift-pace.ts';
import type { ManagedChange } from './kind-table.ts';
import { managedId } from './managed-kind.ts';
import { createManagedKinds, kindId } from './managed-kinds.ts';
import type { ManagedState, ManagedView } from './managed-state.ts';
import { reduceManaged, type ManagedProfile } from './reduce-managed.ts';
import { wakesOf, type Awaited, type Wake } from './wakes.ts';

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
  /**
   * Whether the owner is to hear how far its objects are; of some kinds, that anything of them
   * changed, because it tells by other means how far they are.
   */
  await(owner: ObjectKey, waiting: boolean, anyChangeOf?: (type: ResourceType) => boolean): void;
  /**
   * True while the correction of an object that drifts again and again waits for its time, at which
   * its owner is woken.
   */
  isHeld(type: ResourceType, key: ObjectKey): boolean;
  /** Calls `listener` for each wake; the returned function unsubscribes. */
  onWake(listener: (wake: Wake) => void): () => void;
  /** Ends all watches. */
  close(): void;
}

export function createManagedObjects<Marks>(
  options: ManagedObjectsOptions<Marks>,
): ManagedObjects<Marks> {
  const { client, profile, clock, log } = options;
  const waiting = new Map<string, (type: ResourceType) => boolean>();
  const listeners = new Set<(wake: Wake) => void>();
  const pace = createDriftPace(clock);
  const reduce = (object: KubeObject) => reduceManaged(object, profile);
  const onChange = (type: ResourceType, change: ManagedChange<Marks>) => {
    const waitsFor = (owner: ObjectKey): Awaited => {
      const anyChangeOf = waiting.get(formatKey(owner));
      if (!anyChangeOf) return 'nothing';
      return anyChangeOf(type) ? 'any change' : 'progress';
    };
    const wakes = wakesOf(change, waitsFor);
    const isDrift = wakes.some(({ cause }) => cause === 'drift');
    const id = paceId(type, change.id);
    const delayMs = isDrift ? pace.delayFor(id) : 0;
    if (delayMs === undefined) return;
    const tell = () => {
      if (isDrift) pace.release(id);
      for (const wake of wakes) listeners.forEach((listener) => listener(wake));
    };
    if (delayMs === 0) tell();
    else clock.after(delayMs, tell);
  };
  const labelSelector = profile.ownerLabels.name;
  const kinds = createManagedKinds({ client, labelSelector, clock, log, reduce, onChange });

  return {
    use: (owner, types, signal) => orAborted(kinds.use(formatKey(owner), types), signal),
    release(owner) {
      waiting.delete(formatKey(owner));
      void kinds.use(formatKey(owner), []);
    },
    view: (type, key) => kinds.find(type)?.view(key) ?? { known: 'nothing' },
    reduce,
    async write(type, key, send) {
      const kind = kinds.find(type);
      return kind ? kind.write(key, send) : reduce(await send());
    },
    async remove(type, { key, uid }, send) {
      const kind = kinds.find(type);
      await (kind ? kind.remove(key, uid, send) : send());
    },
    await(owner, isWaiting, anyChangeOf = () => false) {
      if (isWaiting) waiting.set(formatKey(owner), anyChangeOf);
      else waiting.delete(formatKey(owner));
    },
    isHeld: (type, key) => pace.isHeld(paceId(type, managedId(key))),
    onWake(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => kinds.close(),
  };
}

const paceId = (type: ResourceType, id: string) => `${kindId(type)} ${id}`;

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
