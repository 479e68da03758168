import { messageOf } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Discovery } from './client.ts';
import { KubeApiError } from './api-error.ts';
import { decodeAnswer } from './decode.ts';
import { acceptDiscovery, parseDiscovery } from './discovery-document.ts';
import type { HeaderList } from './impersonation.ts';
import { apiVersionOf, groupOf, type ResourceType } from './object.ts';
import { rawRequest } from './requests.ts';
import type { Sender } from './sender.ts';

export interface DiscoveryOptions {
  sender: Sender;
  clock: Clock;
  log: Log;
  /** An unknown kind refetches at most this often: a tenant naming kinds that do not exist costs nothing. */
  missIntervalMs?: number;
  /** A known kind is trusted this long. */
  maxAgeMs?: number;
}

/** One endpoint's documents as last fetched. */
interface Snapshot {
  etag: string | undefined;
  types: Map<string, ResourceType>;
  stale: Set<string>;
}

const endpoints = ['/api', '/apis'] as const;

/** Discovery by the aggregated documents: two requests, or two 304s, for all kinds of the cluster. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { sender, clock, log, missIntervalMs = 3_000, maxAgeMs = 600_000 } = options;
  const snapshots = new Map<string, Snapshot>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let stale = true;
  let running: Promise<void> | undefined;

  const isFresh = (isHit: boolean) =>
    !stale && clock.now() - fetchedAt < (isHit ? maxAgeMs : missIntervalMs);

  async function fetchAll(): Promise<void> {
    stale = false;
    try {
      const fetched = endpoints.map(async (path) => {
        snapshots.set(path, await fetchSnapshot(sender, path, snapshots.get(path)));
      });
      await Promise.all(fetched);
      fetchedAt = clock.now();
    } catch (error) {
      stale = true;
      throw error;
    }
  }

  /** One fetch for all who wait; not bound to any caller's signal. */
  async function refresh(): Promise<void> {
    // What was invalidated after a fetch began may be missing from it.
    if (running && stale) await running.catch(() => {});
    running ??= fetchAll().finally(() => {
      running = undefined;
    });
    await running;
  }

  return {
    async resourceFor(apiVersion, kind, { signal, anyVersion = false } = {}) {
      signal?.throwIfAborted();
      const wanted = { apiVersion, kind, anyVersion };
      const known = findType(snapshots, wanted);
      if (isFresh(known !== undefined && apiVersionOf(known) === apiVersion))
        return known ?? missing(snapshots, wanted);
      try {
        await abortable(refresh(), signal);
      } catch (error) {
        if (!known || signal?.aborted) throw error;
        log.debug('discovery failed; using what was known', { error: messageOf(error) });
      }
      return findType(snapshots, wanted) ?? missing(snapshots, wanted);
    },
    invalidate() {
      stale = true;
    },
  };
}

interface Wanted {
  apiVersion: string;
  kind: string;
  /** Another version of the group will do, if that one is not served. */
  anyVersion: boolean;
}

function findType(
  snapshots: ReadonlyMap<string, Snapshot>,
  { apiVersion, kind, anyVersion }: Wanted,
): ResourceType | undefined {
  const key = typeKey(apiVersion, kind);
  const all = [...snapshots.values()].map(({ types }) => types);
  const served = all.find((types) => types.has(key))?.get(key);
  if (served || !anyVersion) return served;
  const group = groupOf(apiVersion);
  // Versions come in the order the server prefers them.
  return all
    .flatMap((types) => [...types.values()])
    .find((type) => type.group === group && type.kind === kind);
}

/** "Not served" is a fact only where discovery is complete: somebody may prune by it. */
function missing(
  snapshots: ReadonlyMap<string, Snapshot>,
  { apiVersion, anyVersion }: Wanted,
): undefined {
  const group = groupOf(apiVersion);
  const isMeant = (version: string) =>
    anyVersion ? groupOf(version) === group : version === apiVersion;
  if (![...snapshots.values()].some(({ stale }) => [...stale].some(isMeant))) return;
  const message = `the server of ${apiVersion} does not answer: its kinds are not known at present`;
  throw new KubeApiError({ code: 503, reason: 'ServiceUnavailable', message });
}

async function fetchSnapshot(
  sender: Sender,
  path: string,
  known: Snapshot | undefined,
): Promise<Snapshot> {
  const headers: HeaderList = known?.etag === undefined ? [] : [['if-none-match', known.etag]];
  const answer = await sender.send(rawRequest({ method: 'GET', path, accept: acceptDiscovery }), {
    headers,
  });
  if (answer.status === 304 && known) return known;
  const document = parseDiscovery(decodeAnswer(answer.body));
  const types = new Map<string, ResourceType>();
  for (const type of document.types) {
    const key = typeKey(apiVersionOf(type), type.kind);
    if (!types.has(key)) types.set(key, type);
  }
  return { etag: answer.etag, types, stale: new Set(document.stale) };
}

/** Kinds and API versions hold no space. */
const typeKey = (apiVersion: string, kind: string) => `${apiVersion} ${kind}`;

/** Stops waiting, not working, when `signal` aborts. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
