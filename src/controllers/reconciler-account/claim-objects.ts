import { isConflict } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { formatKey, keyOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { withDigest } from '../shared/converge.ts';
import { isSubset } from '../shared/is-subset.ts';
import { accountOf, isOf } from './marks.ts';
import type { Account } from './names.ts';

/** A version no object ever has: an apply that carries it is refused unless there is no object. */
const noVersion = '1';

/** What became of the wish to have an object. */
type Claimed =
  | { is: 'ours'; object: KubeObject }
  /** Somebody else made it, and it says just what is wanted: it is left to them. */
  | { is: 'equal' }
  | { is: 'taken'; why: string };

export interface ClaimOptions {
  client: KubeClient;
  account: Account;
  /** Hold what accounts have got. */
  equipment: Caches;
  fieldManager: string;
  signal: AbortSignal;
}

/** Makes an object unless there is one of its name, and says whose the one is that is there then. */
export async function claimObject(
  type: ResourceType,
  wanted: KubeObject,
  options: ClaimOptions,
): Promise<Claimed> {
  const { client, account, equipment, fieldManager, signal } = options;
  const guarded = {
    ...withDigest(wanted),
    metadata: { ...withDigest(wanted).metadata, resourceVersion: noVersion },
  };
  const mine = (object: KubeObject): Claimed => {
    equipment.for(type).observe(object);
    return { is: 'ours', object };
  };
  try {
    return mine((await client.apply(type, guarded, { fieldManager, signal })).object);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const live = await readIfThere(client, type, keyOf(wanted), { signal });
  // Gone in between: nothing would tell of that.
  if (!live) return await claimObject(type, wanted, options);
  if (isOf(live, account)) return mine(live);
  // Another account was first: what is known of that gives us another name.
  if (accountOf(live)) equipment.for(type).observe(live);
  if (saysTheSame(wanted, live)) return { is: 'equal' };
  const name = `${type.kind} '${formatKey(keyOf(wanted))}'`;
  return {
    is: 'taken',
    why: `${name} exists and was not made for the account: delete it, or name the account otherwise`,
  };
}

/** What a Secret of somebody else holds is no concern of ours: it never is what is wanted. */
function saysTheSame(wanted: KubeObject, live: KubeObject): boolean {
  const { metadata: _metadata, ...content } = wanted;
  return wanted.kind !== 'Secret' && isSubset(content, live);
}
