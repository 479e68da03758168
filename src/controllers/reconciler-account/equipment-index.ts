import { formatKey, referenceId, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { accountOf, isOf } from './marks.ts';
import type { Account } from './names.ts';

/** An object that an account has got. */
export interface Piece {
  type: ResourceType;
  object: KubeObject;
}

/** What each account has got, kept current. */
export interface EquipmentIndex {
  of(account: Account): Piece[];
  /** Accounts that have got anything, whether they are still there or not. */
  accounts(): Account[];
  onChange(listener: (account: Account) => void): void;
}

/** Indexes caches of marked objects of these kinds. */
export function indexEquipment(caches: Caches, types: readonly ResourceType[]): EquipmentIndex {
  const pieces = new Map<string, Map<string, Piece>>();
  const put = (type: ResourceType, object: KubeObject) => {
    const account = ownerOf(type, object);
    if (!account) return;
    const known = pieces.get(formatKey(account)) ?? new Map<string, Piece>();
    known.set(referenceId(type, object.metadata), { type, object });
    pieces.set(formatKey(account), known);
  };
  const drop = (type: ResourceType, object: KubeObject) => {
    const account = ownerOf(type, object);
    if (!account) return;
    const known = pieces.get(formatKey(account));
    known?.delete(referenceId(type, object.metadata));
    if (known?.size === 0) pieces.delete(formatKey(account));
  };
  for (const type of types) {
    const cache = caches.for<KubeObject>(type);
    for (const object of cache.list()) put(type, object);
    cache.onChange(({ before, after }) => {
      if (before) drop(type, before);
      if (after) put(type, after);
    });
  }
  return {
    of: (account) => [...(pieces.get(formatKey(account))?.values() ?? [])],
    accounts: () =>
      [...pieces.values()].flatMap((known) => {
        const [first] = known.values();
        return (first && accountOf(first.object)) ?? [];
      }),
    onChange(listener) {
      for (const type of types) {
        caches.for<KubeObject>(type).onChange(({ before, after }) => {
          for (const object of [before, after]) {
            const account = object && ownerOf(type, object);
            if (account) return listener(account);
          }
        });
      }
    },
  };
}

/** A copy of a Secret in another namespace has its marks, and is none of what the account has got. */
function ownerOf(type: ResourceType, object: KubeObject): Account | undefined {
  const account = accountOf(object);
  if (!account || !isOf(object, account)) return undefined;
  const isHome = !type.namespaced || object.metadata.namespace === account.namespace;
  return isHome ? account : undefined;
}
