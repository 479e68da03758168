import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { Reason } from '../../../api/reasons.ts';
import { messageOf, retryable } from '../../../base/errors.ts';
import { isForbidden, isNotFound, isNotServed } from '../../../kube/api-error.ts';
import { formatKey, type ObjectKey, type ResourceType } from '../../../kube/object.ts';
import { watchedLook, type Look } from '../apply/look.ts';
import { tellChanges } from '../apply/apply-build.ts';
import type { Change } from '../apply/changes.ts';
import { isCollision } from '../apply/collision.ts';
import { concurrently } from '../../../base/concurrently.ts';
import {
  formatRef,
  keyOfRef,
  refId,
  type InventoryItem,
  type Left,
} from '../../../api/kustomize/inventory.ts';
import { decidePrune, isWrittenByUs, type KeptFor, type PruneDecision } from './decide-prune.ts';
import { isOwnedBy, type View } from '../apply/plan.ts';
import type { FindType } from '../apply/resource-types.ts';
import { deletionOrder } from '../apply/stages.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { ReconciledKustomization, Work } from '../work.ts';

/** An object that stays in the cluster and is this Kustomization's no longer. */
export interface Kept {
  item: InventoryItem;
  why: KeptFor;
  /** Another Kustomization of the namespace that its labels name. */
  handedTo: Required<ObjectKey> | undefined;
}

/** What became of objects that were to be deleted. */
export interface Pruned {
  /** Deletion began; finalizers may keep them for a while. */
  deleted: InventoryItem[];
  /** Left alone for good. */
  kept: Kept[];
  /** Ours to delete, but not now: they stay in the inventory. */
  left: InventoryItem[];
  /** Could not be deleted: they stay in the inventory. The first failure, if any. */
  failed: InventoryItem[];
  error: unknown;
}

/** What keeps an object of ours from being deleted now; undefined: nothing. */
export type Hindrance = (item: InventoryItem) => Left | undefined;

/**
 * Deletes what left the build and is provably ours, in the reverse of the order it was applied in.
 * Everything is tried; what failed is reported, so that it stays in the inventory.
 */
export async function prune(
  items: readonly InventoryItem[],
  findType: FindType,
  hindrance: Hindrance,
  work: Work,
): Promise<Pruned> {
  const pruned: Pruned = { deleted: [], kept: [], left: [], failed: [], error: undefined };
  const remove = async (item: InventoryItem) => {
    try {
      const end = await pruneObject(item, findType, hindrance, work);
      if (end.do === 'left') pruned.left.push(end.item);
      else work.memory.applied.delete(refId(item));
      if (end.do === 'deleted') pruned.deleted.push(item);
      if (end.do === 'kept') pruned.kept.push(end.kept);
    } catch (error) {
      if (work.run.signal.aborted) throw error;
      pruned.failed.push(item);
      pruned.error ??= error;
    }
  };
  try {
    for (const group of deletionOrder(items)) {
      await concurrently(group, work.deps.concurrentApplies, remove);
    }
  } finally {
    tellChanges(
      pruned.deleted.map((ref): Change => ({ ref, action: 'deleted' })),
      work,
    );
  }
  return pruned;
}

/** The error of a run in which pruning failed. */
export function pruneFailure({ failed, error }: Pruned): Error {
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return retryable(Reason.PruneFailed, `${messageOf(error)}${more}`, { cause: error });
}

/** What became of one object; `gone`: there was nothing of ours to delete. */
type End =
  | { do: 'deleted' }
  | { do: 'gone' }
  | { do: 'left'; item: InventoryItem }
  | { do: 'kept'; kept: Kept };

/** Looks at an object that others change at the same time before it is left for later. */
const maxRounds = 6;

async function pruneObject(
  item: InventoryItem,
  findType: FindType,
  hindrance: Hindrance,
  work: Work,
): Promise<End> {
  let look: Look | undefined;
  for (let round = 0; round < maxRounds; round++) {
    const type = await findType(item);
    // A kind that is served in no version has no objects.
    if (!type) return { do: 'gone' };
    look ??= watchedLook(type, item, work);
    const decision = decideOn(item, look, work);
    if (decision.do === 'gone') return { do: 'gone' };
    if (decision.do === 'keep') return { do: 'kept', kept: keptOf(item, decision.why, look, work) };
    if (decision.do === 'delete') {
      const left = hindrance(item);
      if (left !== undefined) return { do: 'left', item: { ...item, left } };
      const deleted = await deleteObject(type, item, decision, work);
      if (deleted) return deleted;
    }
    const read = await readToProve(type, item, look.view, work);
    if (!read) return { do: 'gone' };
    look = read;
  }
  const message = `${formatRef(item)} cannot be deleted: it, or its kind, is changed by others at the same time`;
  throw retryable(Reason.PruneFailed, message);
}

/** What the watch alone says of an item, which costs nothing. */
export function foresee(type: ResourceType, item: InventoryItem, work: Work): PruneDecision {
  return decideOn(item, watchedLook(type, item, work), work);
}

function decideOn(item: InventoryItem, { view, full }: Look, { me }: Work): PruneDecision {
  const isOurs = full !== undefined && isWrittenByUs(full);
  return decidePrune(view, { me, uid: item.uid, isWrittenByUs: isOurs });
}

/** Undefined: it was found to be another version, or another object, than the one decided on. */
async function deleteObject(
  type: ResourceType,
  item: InventoryItem,
  { uid, resourceVersion }: Extract<PruneDecision, { do: 'delete' }>,
  work: Work,
): Promise<End | undefined> {
  const { target, run } = work;
  const key = keyOfRef(item);
  try {
    await target.managed.remove(type, { key, uid }, () =>
      target.client.delete(type, key, {
        propagationPolicy: 'Background',
        preconditions: { uid, resourceVersion },
        signal: run.signal,
      }),
    );
    return { do: 'deleted' };
  } catch (error) {
    if (isServedOtherwise(error, work) || isCollision(error)) return undefined;
    if (isNotFound(error)) return { do: 'gone' };
    throw await tellFailure(error, { verb: 'delete', ref: item }, work);
  }
}

/**
 * Reads the object as the tenant. Undefined: there is none, or the tenant may not read it and it is
 * somebody else's or was never applied: who asks is told just what it would be if there were none.
 */
async function readToProve(
  type: ResourceType,
  item: InventoryItem,
  view: View,
  work: Work,
): Promise<Look | undefined> {
  const isOurs = view.known === 'live' ? isOwnedBy(work.me, view.live) : !isOnlyClaimed(item, work);
  const { target, run } = work;
  try {
    const full = await target.client.get(type, keyOfRef(item), { signal: run.signal });
    return { view: { known: 'live', live: target.managed.reduce(full), read: true }, full };
  } catch (error) {
    if (isServedOtherwise(error, work)) return { view: { known: 'nothing' } };
    if (isNotFound(error) || (!isOurs && isForbidden(error))) return undefined;
    throw await tellFailure(error, { verb: 'get', ref: item }, work);
  }
}

/** Its kind is not served as we knew it: the object may be there in another version. */
function isServedOtherwise(error: unknown, { target }: Work): boolean {
  if (!isNotServed(error)) return false;
  target.client.discovery.invalidate();
  return true;
}

/**
 * Whether it stands in the inventory because it was about to be applied, and nothing says that it ever
 * was: an account that never could would keep its Kustomization, and the namespace, from ending.
 */
function isOnlyClaimed(item: InventoryItem, { memory, me, deps }: Work): boolean {
  if (item.uid !== undefined || memory.applied.has(refId(item))) return false;
  const known = deps.caches.for<ReconciledKustomization>(Kustomization.type).get(me);
  return known !== undefined && known.status?.lastAppliedRevision === undefined;
}

function keptOf(item: InventoryItem, why: KeptFor, { view }: Look, { me }: Work): Kept {
  const owner = view.known === 'live' ? view.live.owner : undefined;
  const isSibling = owner?.namespace === me.namespace && formatKey(owner) !== formatKey(me);
  return { item, why, handedTo: isSibling ? owner : undefined };
}
