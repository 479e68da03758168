import { ownerNameLabel, ownerNamespaceLabel } from '../../api/labels.ts';
import { keyOfRef, type ObjectRef } from '../../api/kustomize/inventory.ts';
import { readMarks } from '../../controllers/kustomization/apply/marks.ts';
import type { FindType } from '../../controllers/kustomization/apply/resource-types.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { PlannedChange } from './change.ts';
import { explain, type Planning } from './plan-apply.ts';
import { diffObjects } from './shown-object.ts';

/**
 * What would become of an object that is no longer in the build: deleted, if it is provably ours
 * and the identity may. Undefined when there is nothing to do.
 */
export async function planPrune(
  ref: ObjectRef,
  findType: FindType,
  planning: Planning,
): Promise<PlannedChange | undefined> {
  const { target, run, me, secrets } = planning;
  const { signal } = run;
  const type = await findType(ref);
  if (!type) return undefined;
  try {
    const live = await target.client.get(type, keyOfRef(ref), { signal });
    if (live.metadata.deletionTimestamp !== undefined) return undefined;
    const why = whyKept(live, me);
    if (why !== undefined) return { ...ref, action: 'skipped', message: why };
    await target.client.delete(type, keyOfRef(ref), { dryRun: true, signal });
    return { ...ref, action: 'deleted', diff: diffObjects(live, undefined, secrets) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    return { ...ref, action: 'failed', message: explain(error, 'delete', ref, planning) };
  }
}

function whyKept({ metadata }: KubeObject, me: { name: string; namespace: string }) {
  const { labels = {} } = metadata;
  const isMine = labels[ownerNameLabel] === me.name && labels[ownerNamespaceLabel] === me.namespace;
  if (!isMine) return 'not deleted: its labels name another owner';
  return readMarks(metadata).prune ? undefined : 'not deleted: it asks to be kept';
}
