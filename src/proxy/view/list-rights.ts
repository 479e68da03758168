import { concurrently } from '../../base/concurrently.ts';
import type { Clock } from '../../base/clock.ts';
import { createByteLru } from '../../base/lru.ts';
import { callerKey, type Caller } from '../caller/caller.ts';
import type { MayDo } from '../caller/may-do.ts';

/** What is to be listed. */
export interface ListedKind {
  verb: string;
  group: string;
  resource: string;
}

/** Where callers may list, by their own rights. */
export interface ListRights {
  /** Those of the namespaces in which the caller may. */
  among(caller: Caller, kind: ListedKind, namespaces: readonly string[]): Promise<string[]>;
  /** Roles or bindings changed: of one namespace, or such as count in all. */
  invalidate(namespace: string | undefined): void;
}

interface Known {
  allowed: Promise<boolean>;
  /** Before which change it was asked, and when. */
  change: string;
  at: number;
}

/** Rights that are not roles change without a word. */
const maxAgeMs = 10_000;
const maxKnownBytes = 16 * 1024 * 1024;
/** At a time, for one caller. */
const maxAsked = 16;

/** Asks once, and again when a role or a binding has changed. */
export function createListRights(mayDo: MayDo, clock: Clock): ListRights {
  const known = createByteLru<Known>(maxKnownBytes);
  const inNamespace = new Map<string, number>();
  let everywhere = 0;

  const may = (caller: Caller, kind: ListedKind, namespace: string): Promise<boolean> => {
    const { verb, group, resource } = kind;
    const key = JSON.stringify([callerKey(caller), verb, group, resource, namespace]);
    const change = `${everywhere}/${inNamespace.get(namespace) ?? 0}`;
    const found = known.get(key);
    if (found?.change === change && clock.now() - found.at < maxAgeMs) return found.allowed;
    const allowed = mayDo(caller, { ...kind, namespace });
    known.set(key, { allowed, change, at: clock.now() }, 2 * key.length + 200);
    // Not to know is no answer to remember.
    allowed.catch(() => known.delete(key));
    return allowed;
  };

  return {
    async among(caller, kind, namespaces) {
      const allowed = await concurrently(namespaces, maxAsked, (each) => may(caller, kind, each));
      return namespaces.filter((_each, index) => allowed[index]);
    },
    invalidate(namespace) {
      if (namespace === undefined) {
        everywhere += 1;
        inNamespace.clear();
      } else inNamespace.set(namespace, (inNamespace.get(namespace) ?? 0) + 1);
    },
  };
}
