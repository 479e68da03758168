import type { Clock } from '../../base/clock.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { acceptDiscovery, parseDiscovery } from '../../kube/discovery-document.ts';
import { apiVersionOf } from '../../kube/object.ts';

/** Where a kind is, and who serves it. */
export interface ServedKind {
  version: string;
  scope: 'namespaced' | 'cluster';
  /** By another server than the API server itself. */
  isAggregated: boolean;
}

/** A kind with the names by which it is asked for. */
export interface ServedType extends ServedKind {
  group: string;
  /** Plural name. */
  resource: string;
}

/** The kinds that the API server serves, by plural name. */
export interface ServedKinds {
  /** All of them, in each of their versions. Rejects where they cannot be found out. */
  all(): Promise<readonly ServedType[]>;
  /** Undefined: not served. In any version, if none is given. Rejects where that cannot be found out. */
  find(
    group: string,
    resource: string,
    version: string | undefined,
  ): Promise<ServedKind | undefined>;
  /** Called when kinds come or go: what is known is asked for anew. */
  invalidate(): void;
}

/** An unknown kind makes us ask at most this often, whoever asks for it. */
const missMs = 1_000;
const maxAgeMs = 300_000;

/** Asks discovery when it has to; three requests for all kinds of the cluster. */
export function createServedKinds(client: Pick<KubeClient, 'raw'>, clock: Clock): ServedKinds {
  let known = new Map<string, ServedKind>();
  let all: ServedType[] = [];
  let askedAt = -Infinity;
  let changes = 0;
  let asking: { since: number; done: Promise<void> } | undefined;

  const ask = async (since: number) => {
    const [core, groups, aggregated] = await Promise.all([
      client.raw({ method: 'GET', path: '/api', accept: acceptDiscovery }),
      client.raw({ method: 'GET', path: '/apis', accept: acceptDiscovery }),
      aggregatedVersions(client),
    ]);
    const types = [core, groups].flatMap((document) => parseDiscovery(document).types);
    all = types.map(({ group, version, plural, namespaced }) => ({
      group,
      version,
      resource: plural,
      scope: namespaced ? 'namespaced' : 'cluster',
      isAggregated: aggregated.has(apiVersionOf({ group, version })),
    }));
    known = new Map();
    for (const kind of all) {
      known.set(keyOf(kind.group, kind.resource, kind.version), kind);
      // The first is the one that the API server prefers.
      const anyVersion = keyOf(kind.group, kind.resource, '');
      if (!known.has(anyVersion)) known.set(anyVersion, kind);
    }
    // What changed meanwhile may be missing.
    askedAt = since === changes ? clock.now() : -Infinity;
  };

  const refresh = async () => {
    if (asking?.since !== changes) {
      const since = changes;
      const done = ask(since).finally(() => {
        if (asking?.since === since) asking = undefined;
      });
      asking = { since, done };
    }
    await asking.done;
  };

  return {
    async all() {
      if (clock.now() - askedAt >= maxAgeMs) await refresh();
      return all;
    },
    async find(group, resource, version = '') {
      const key = keyOf(group, resource, version);
      const age = clock.now() - askedAt;
      if (age >= (known.has(key) ? maxAgeMs : missMs)) await refresh();
      return known.get(key);
    },
    invalidate() {
      changes += 1;
      askedAt = -Infinity;
    },
  };
}

async function aggregatedVersions(client: Pick<KubeClient, 'raw'>): Promise<Set<string>> {
  const list = await client.raw<unknown>({
    method: 'GET',
    path: '/apis/apiregistration.k8s.io/v1/apiservices',
  });
  const items = isRecord(list) && Array.isArray(list['items']) ? list['items'] : [];
  return new Set(
    items.filter(isRecord).flatMap(({ spec }) => {
      if (!isRecord(spec) || !isRecord(spec['service'])) return [];
      const { group = '', version } = spec;
      if (typeof group !== 'string' || typeof version !== 'string') return [];
      return [apiVersionOf({ group, version })];
    }),
  );
}

/** Names of groups, versions and kinds hold no space. */
const keyOf = (...parts: [string, string, string]) => parts.join(' ');
