import type { KubeObject, ObjectKey } from '../../../kube/object.ts';
import { fieldManager } from '../apply/field-manager.ts';
import { isOwnedBy, type LiveState, type View } from '../apply/plan.ts';

/** Why an object that left Git stays in the cluster. */
export type KeptFor = 'not owned' | 'disabled' | 'made anew';

export type PruneDecision =
  /** Read it as the tenant, then decide again. */
  | { do: 'look' }
  /** Delete exactly this version of exactly this object. */
  | { do: 'delete'; uid: string; resourceVersion: string }
  /** Nothing to delete: it is gone, or on its way. */
  | { do: 'gone' }
  /** It is not, or no longer, this Kustomization's to delete. */
  | { do: 'keep'; why: KeptFor };

/** What speaks for an object being ours, besides its labels. */
export interface Proof {
  me: Required<ObjectKey>;
  /** As the inventory has it. */
  uid: string | undefined;
  /** Of an object that was read: whether we ever wrote to this very object. */
  isWrittenByUs: boolean;
}

/**
 * What to do about an object that left the build. It is deleted only if its labels name this
 * Kustomization and it is the object we applied: by its uid or, where the inventory has none or
 * another one, because we wrote to it after it was made. Nothing is said of an object that the
 * tenant may not read.
 */
export function decidePrune(view: View, proof: Proof): PruneDecision {
  if (view.known === 'nothing') return { do: 'look' };
  if (view.known === 'absent') return { do: 'gone' };
  const { live, read } = view;
  if (!isOwnedBy(proof.me, live)) return read ? { do: 'keep', why: 'not owned' } : { do: 'look' };
  if (!live.marks.prune) return { do: 'keep', why: 'disabled' };
  if (live.deleting) return { do: 'gone' };
  if (live.uid === proof.uid || proof.isWrittenByUs) return deleteOf(live);
  return read ? { do: 'keep', why: 'made anew' } : { do: 'look' };
}

function deleteOf({ uid, resourceVersion }: LiveState): PruneDecision {
  return { do: 'delete', uid, resourceVersion };
}

/**
 * Whether server-side apply recorded a write of ours to this very object. One that was copied along
 * with a manifest or restored from a backup is older than the object; labels prove nothing at all.
 */
export function isWrittenByUs({ metadata }: KubeObject): boolean {
  const made = Date.parse(metadata.creationTimestamp ?? '');
  return (metadata.managedFields ?? []).some(
    ({ manager, operation, subresource = '', time }) =>
      manager === fieldManager &&
      operation === 'Apply' &&
      subresource === '' &&
      Date.parse(time ?? '') >= made,
  );
}
