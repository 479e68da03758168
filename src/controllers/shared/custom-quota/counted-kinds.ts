import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { CountedScope } from '../../../access/quotas/custom/counted-scope.ts';
import { customReservationMs } from '../../../access/quotas/custom/custom-ledger.ts';
import type { KubeClient } from '../../../kube/client.ts';
import {
  apiVersionOf,
  referenceId,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';
import { createCaches } from '../../../runtime/cache/create-caches.ts';
import type { CacheChange, ReadCache } from '../../../runtime/cache/read-cache.ts';

/** The kinds that custom quotas count, each watched while some quota counts it. */
export interface CountedKinds {
  /** What a quota counts from now on, by uid. */
  use(quota: string, scopes: readonly CountedScope[]): void;
  /** The quota counts nothing any more. */
  drop(quota: string): void;
  /** All that is counted; webhooks are asked about this and nothing else. */
  scopes(): CountedScope[];
  /** The objects of a kind that a quota uses. */
  objects(type: ResourceType): ReadCache<KubeObject>;
  /** Whether an object was seen to go at that time or later. */
  isGoneSince(type: Pick<ResourceType, 'group' | 'kind'>, key: ObjectKey, ms: number): boolean;
  onObject(listener: (type: ResourceType, change: CacheChange<KubeObject>) => void): void;
  /** Calls back when something else is counted. */
  onScopes(listener: () => void): void;
}

interface Watched {
  cache: ReadCache<KubeObject>;
  stop: AbortController;
}

const idOf = (type: ResourceType) => `${apiVersionOf(type)} ${type.kind}`;

/** Watches nothing until a quota asks for it. */
export function createCountedKinds(options: {
  client: KubeClient;
  signal: AbortSignal;
  log: Log;
  clock: Clock;
}): CountedKinds {
  const { client, signal, log, clock } = options;
  const wanted = new Map<string, readonly CountedScope[]>();
  const watched = new Map<string, Watched>();
  const departures = createDepartures(clock);
  const objectListeners = new Set<(type: ResourceType, change: CacheChange<KubeObject>) => void>();
  const scopeListeners = new Set<() => void>();

  function open(type: ResourceType): Watched {
    const stop = new AbortController();
    const ending = AbortSignal.any([signal, stop.signal]);
    const cache = createCaches({ client, signal: ending, log, clock }).for<KubeObject>(type);
    cache.onChange((change) => {
      if (change.before && !change.after) departures.note(type, change.before);
      for (const listener of objectListeners) listener(type, change);
    });
    return { cache, stop };
  }

  /** Ends and begins watches; what is watched already goes on. */
  function change(quota: string, scopes: readonly CountedScope[]): void {
    if (isDeepStrictEqual(wanted.get(quota) ?? [], scopes)) return;
    if (scopes.length > 0) wanted.set(quota, scopes);
    else wanted.delete(quota);
    const types = new Map([...wanted.values()].flat().map(({ type }) => [idOf(type), type]));
    for (const [id, { stop }] of watched) {
      if (types.has(id)) continue;
      stop.abort();
      watched.delete(id);
    }
    for (const [id, type] of types) if (!watched.has(id)) watched.set(id, open(type));
    for (const listener of scopeListeners) listener();
  }

  return {
    use: change,
    drop: (quota) => change(quota, []),
    scopes: () => [...wanted.values()].flat(),
    objects(type) {
      const found = watched.get(idOf(type));
      if (!found) throw new Error(`no quota counts ${type.kind}`);
      return found.cache;
    },
    isGoneSince: departures.isGoneSince,
    onObject: (listener) => void objectListeners.add(listener),
    onScopes: (listener) => void scopeListeners.add(listener),
  };
}

/** When objects were seen to go, as long as an entry of a ledger may wait for them. */
function createDepartures(clock: Clock) {
  const gone = new Map<string, number>();
  return {
    note(type: ResourceType, object: KubeObject): void {
      const id = referenceId(type, object.metadata);
      gone.delete(id);
      gone.set(id, clock.now());
      // The oldest come first.
      for (const [old, ms] of gone) {
        if (ms > clock.now() - customReservationMs) break;
        gone.delete(old);
      }
    },
    isGoneSince: (type: Pick<ResourceType, 'group' | 'kind'>, key: ObjectKey, ms: number) =>
      (gone.get(referenceId(type, key)) ?? -Infinity) >= ms,
  };
}
