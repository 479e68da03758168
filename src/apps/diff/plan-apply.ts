import { withClaim } from '../../api/kustomize/claim.ts';
import { Kustomization } from '../../api/kustomize/kustomization.ts';
import { ownerNameLabel, ownerNamespaceLabel } from '../../api/labels.ts';
import { keyOfRef, parseInventory, refId, type ObjectRef } from '../../api/kustomize/inventory.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { messageOf } from '../../base/errors.ts';
import { readMarks } from '../../controllers/kustomization/apply/marks.ts';
import { fieldManager } from '../../controllers/kustomization/apply/field-manager.ts';
import { heldByOther } from '../../controllers/kustomization/apply/held-by.ts';
import type { Desired } from '../../controllers/kustomization/build/desired.ts';
import { keepIgnored } from '../../controllers/kustomization/drift/keep-ignored.ts';
import { explainApiFailure } from '../../controllers/kustomization/ending/api-failure.ts';
import { isInventoryOf } from '../../controllers/kustomization/inventory-record.ts';
import type { Target } from '../../controllers/kustomization/target.ts';
import type { Preparation } from '../../controllers/kustomization/work.ts';
import { isForbidden, isInvalid, isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';
import type { PlannedChange } from './change.ts';
import { diffObjects } from './shown-object.ts';

/** What planning one object needs to know of the rest. */
export interface Planning extends Preparation {
  target: Target;
  /** Namespaces and kinds that this build makes itself: nothing can be tried there before. */
  isMadeHere(item: Desired): boolean;
}

/** What applying one object would do, by a dry run of the very request as the very identity. */
export async function planApply(item: Desired, planning: Planning): Promise<PlannedChange> {
  const { ref } = item;
  try {
    const live = await readLive(item, planning);
    const hindrance = live && (await hindranceOf(item, live, planning));
    if (hindrance) return { ...ref, ...hindrance };
    if (item.marks.apply === 'never')
      return { ...ref, action: 'skipped', message: 'is not applied' };
    return await tryApply(item, live, planning);
  } catch (error) {
    return { ...ref, action: 'failed', message: explain(error, 'patch', ref, planning) };
  }
}

function readLive({ type, ref }: Desired, { target, run }: Planning) {
  return readIfThere(target.client, type, keyOfRef(ref), { signal: run.signal });
}

type Hindrance = Pick<PlannedChange, 'action' | 'message'>;

/** Why an object that is there would be left alone. */
async function hindranceOf(
  item: Desired,
  live: KubeObject,
  planning: Planning,
): Promise<Hindrance | undefined> {
  const marks = readMarks(live.metadata);
  if (marks.apply === 'never') {
    return { action: 'skipped', message: 'the object in the cluster asks to be left alone' };
  }
  if (item.marks.apply === 'ifNotPresent') return { action: 'skipped', message: 'it exists' };
  const owner = {
    name: live.metadata.labels?.[ownerNameLabel] ?? '',
    namespace: live.metadata.labels?.[ownerNamespaceLabel] ?? '',
  };
  const { me } = planning;
  const isMine = owner.name === me.name && owner.namespace === me.namespace;
  if (isMine || owner.name === '' || !(await isHeld(item.ref, owner, planning))) return undefined;
  return { action: 'failed', message: heldByOther(item.ref, owner, me).message };
}

interface WithInventory extends KubeObject {
  status?: KustomizationStatus;
}

/** Of an owner that the caller may not read, the controller would know; here it counts as one. */
async function isHeld(
  ref: ObjectRef,
  owner: { name: string; namespace: string },
  { deps, run, target }: Planning,
): Promise<boolean> {
  try {
    const { signal } = run;
    const read = await deps.client.get<WithInventory>(Kustomization.type, owner, { signal });
    const other = withClaim(read);
    if (!isInventoryOf(other.status, target)) return false;
    const held = parseInventory(other.status?.inventory?.entries);
    return held.some((each) => refId(each) === refId(ref));
  } catch (error) {
    if (isNotFound(error)) return false;
    if (isForbidden(error)) return true;
    throw error;
  }
}

async function tryApply(
  item: Desired,
  live: KubeObject | undefined,
  planning: Planning,
): Promise<PlannedChange> {
  const { target, run, spec, secrets } = planning;
  const { type, ref } = item;
  const object = live ? withIgnored(item, live, planning) : item.object;
  try {
    const options = { fieldManager, force: true, dryRun: true, signal: run.signal };
    const { object: after } = await target.client.apply(type, object, options);
    const diff = diffObjects(live, after, secrets);
    if (live && diff === '') return { ...ref, action: 'unchanged' };
    return { ...ref, action: live ? 'configured' : 'created', diff };
  } catch (error) {
    if (isNotFound(error) && planning.isMadeHere(item)) {
      const diff = diffObjects(undefined, object, secrets);
      return { ...ref, action: 'created', message: 'not tried: its place is made here', diff };
    }
    const isForced = spec.force || item.marks.force;
    if (!live || !isForced || !isInvalid(error)) throw error;
    const diff = diffObjects(live, object, secrets);
    return { ...ref, action: 'recreated', message: messageOf(error), diff };
  }
}

/** With what `spec.ignore` leaves to others as it is. */
function withIgnored({ object, ignored }: Desired, live: KubeObject, { deps }: Planning) {
  const { manager } = deps.takeover;
  return ignored.length === 0 ? object : keepIgnored(object, live, { ignored, manager });
}

/** A failed request in the words of the controller's status. */
export function explain(
  error: unknown,
  verb: 'patch' | 'delete',
  ref: ObjectRef,
  { target, run }: Planning,
): string {
  if (run.signal.aborted) throw error;
  const remote = target.cluster === undefined ? {} : { remote: target.name };
  return (
    explainApiFailure(error, { verb, ref, actor: target, ...remote })?.message ?? messageOf(error)
  );
}
