import { Reason } from '../../../api/reasons.ts';
import { messageOf, retryable } from '../../../base/errors.ts';
import { isConflict, isNotFound } from '../../../kube/api-error.ts';
import { readLook, watchedLook } from '../apply/apply-object.ts';
import { tellChanges } from '../apply/apply-build.ts';
import type { Change } from '../apply/changes.ts';
import { concurrently } from '../apply/concurrently.ts';
import { keyOfRef, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { decidePrune, type View } from '../apply/plan.ts';
import type { FindType } from '../apply/resource-types.ts';
import { deletionOrder } from '../apply/stages.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Work } from '../work.ts';

/** What became of objects that were to be deleted. */
export interface Pruned {
  /** Deletion began; finalizers may keep them for a while. */
  deleted: ObjectRef[];
  /** Could not be deleted: they stay in the inventory. The first failure, if any. */
  failed: ObjectRef[];
  error: unknown;
}

/**
 * Deletes what left the build and is provably ours, in the reverse of the order it was applied in.
 * Everything is tried; what failed is reported, so that it stays in the inventory.
 */
export async function prune(
  refs: readonly ObjectRef[],
  findType: FindType,
  work: Work,
): Promise<Pruned> {
  const pruned: Pruned = { deleted: [], failed: [], error: undefined };
  const remove = async (ref: ObjectRef) => {
    try {
      if (await pruneObject(ref, findType, work)) pruned.deleted.push(ref);
      work.memory.applied.delete(refId(ref));
    } catch (error) {
      if (work.run.signal.aborted) throw error;
      pruned.failed.push(ref);
      pruned.error ??= error;
    }
  };
  try {
    for (const group of deletionOrder(refs)) {
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

/** True when the object was deleted; false when there was nothing of ours to delete. */
async function pruneObject(ref: ObjectRef, findType: FindType, work: Work): Promise<boolean> {
  const type = await findType(ref);
  // A kind that is no longer served has no objects.
  if (!type) return false;
  let view: View = watchedLook(type, ref, work).view;
  for (;;) {
    const decision = decidePrune(view, work.me);
    if (decision.do === 'look') {
      ({ view } = await readLook(type, ref, work));
      continue;
    }
    if (decision.do !== 'delete') return false;
    const key = keyOfRef(ref);
    const { uid } = decision;
    const { target, run } = work;
    try {
      await target.managed.remove(type, { key, uid }, () =>
        target.client.delete(type, key, {
          propagationPolicy: 'Background',
          preconditions: { uid },
          signal: run.signal,
        }),
      );
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      // Made anew by somebody else, perhaps: not the object we applied until we have looked.
      if (!isConflict(error)) throw await tellFailure(error, { verb: 'delete', ref }, work);
      ({ view } = await readLook(type, ref, work));
    }
  }
}
