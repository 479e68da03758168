import { createHash } from 'node:crypto';
import { formatKey, type ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { accountOf } from './marks.ts';
import type { Account } from './names.ts';

/** The name that an object without a namespace gets, for the one that it would have. */
export type FreeName = (type: ResourceType, name: string) => string;

/**
 * Names of accounts are joined by dashes, which they may hold themselves: `a-b/c` and `a/b-c` make the
 * same. Whoever has it keeps it, the other's ends with a hash of who it is.
 */
export function freeNameFor(account: Account, equipment: Caches): FreeName {
  return (type, name) => {
    const holder = equipment.for(type).get({ name });
    const other = holder && accountOf(holder);
    const isFree = other === undefined || formatKey(other) === formatKey(account);
    return isFree ? name : `${name}-${hashOf(account)}`;
  };
}

const hashOf = (account: Account) =>
  createHash('sha256').update(formatKey(account)).digest('hex').slice(0, 8);
