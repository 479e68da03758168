import { hostPathsOf } from '../../access/ingresses/host-paths.ts';
import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ReadCache } from '../../runtime/cache/read-cache.ts';

/** An Ingress that serves something. */
export interface Server {
  namespace: string;
  name: string;
}

/** Who serves which `host;path`, kept current. */
export interface HostIndex {
  serversOf(pair: string): Server[];
  /** Counts what has just been allowed, until the watch shows it or has had the time to. */
  reserve(pairs: readonly string[], server: Server): void;
}

/** How long what was allowed counts without being seen: longer than any watch lags. */
const reservedMs = 10_000;

const indexes = new WeakMap<ReadCache<KubeObject>, HostIndex>();

/** The index of a cache of Ingresses; one for each cache. */
export function hostIndexOf(cache: ReadCache<KubeObject>, clock: Clock): HostIndex {
  const known = indexes.get(cache) ?? createHostIndex(cache, clock);
  indexes.set(cache, known);
  return known;
}

function createHostIndex(cache: ReadCache<KubeObject>, clock: Clock): HostIndex {
  const served = new Map<string, Map<string, Server>>();
  const reserved = new Map<string, { server: Server; until: number }[]>();
  const put = (ingress: KubeObject) => {
    for (const pair of hostPathsOf(ingress)) {
      const servers = served.get(pair) ?? new Map<string, Server>();
      served.set(pair, servers.set(keyOf(ingress), serverOf(ingress)));
    }
  };
  const drop = (ingress: KubeObject) => {
    for (const pair of hostPathsOf(ingress)) {
      served.get(pair)?.delete(keyOf(ingress));
      if (served.get(pair)?.size === 0) served.delete(pair);
    }
  };
  for (const ingress of cache.list()) put(ingress);
  cache.onChange(({ before, after }) => {
    if (before) drop(before);
    if (after) put(after);
  });
  const current = (pair: string) =>
    (reserved.get(pair) ?? []).filter(({ until }) => until > clock.now());
  return {
    serversOf: (pair) => [
      ...(served.get(pair)?.values() ?? []),
      ...current(pair).map(({ server }) => server),
    ],
    reserve(pairs, server) {
      const until = clock.now() + reservedMs;
      for (const pair of pairs) reserved.set(pair, [...current(pair), { server, until }]);
      for (const pair of reserved.keys()) if (current(pair).length === 0) reserved.delete(pair);
    },
  };
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
const serverOf = ({ metadata: { namespace = '', name } }: KubeObject): Server => ({
  namespace,
  name,
});
