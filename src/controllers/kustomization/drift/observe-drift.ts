import { keyOfRef, refId } from '../../../api/kustomize/inventory.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Look } from '../apply/look.ts';
import { fieldManager } from '../apply/field-manager.ts';
import {
  isOwnedBy,
  type Applied,
  type Decision,
  type LiveState,
  type View,
} from '../apply/plan.ts';
import type { Desired } from '../build/desired.ts';
import type { Work } from '../work.ts';
import { essenceOf } from './essence.ts';
import { keepIgnored, withoutIgnored } from './keep-ignored.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { describeDrift } from './describe-drift.ts';

/**
 * True when a write is called for although nothing new is wanted: what was applied is not as it was
 * left any more.
 */
export function isDrift(
  decision: Decision,
  { hash }: Pick<Desired, 'hash'>,
  applied: Applied | undefined,
): boolean {
  return (decision.do === 'create' || decision.do === 'update') && applied?.hash === hash;
}

/** Who changed what, as far as the object that was read tells. */
export function whatDrifted(item: Desired, { view, full }: Look, work: Work): string {
  if (view.known === 'absent') return 'it was deleted';
  const applied = work.memory.applied.get(refId(item.ref));
  const isAnother = view.known === 'live' && applied?.uid !== '' && applied?.uid !== view.live.uid;
  if (isAnother) return 'it was deleted and made anew';
  if (!full) return 'it was changed';
  const { object, ignored } = item;
  return describeDrift(withoutIgnored(object, full, { ignored }), object, work.deps.takeover);
}

/**
 * With mode `warn`: whether the drift stays. It does for as long as the same generation and revision
 * are reconciled and nobody asked for it.
 */
export function isLeftAlone(applied: Applied | undefined, { spec, memory }: Work): boolean {
  if (spec.driftDetection?.mode !== 'warn') return false;
  return applied?.state !== undefined && applied.state === memory.attempt?.state;
}

/**
 * With mode `correct`: whether the correction has to wait, as the object drifts again and again. Who
 * asks for a reconcile, and a new revision, does not wait.
 */
export function isHeldOff(
  { type, ref }: Pick<Desired, 'type' | 'ref'>,
  applied: Applied | undefined,
  { spec, memory, target }: Work,
): boolean {
  const { mode = 'correct' } = spec.driftDetection ?? {};
  if (mode !== 'correct' || applied?.state === undefined) return false;
  return applied.state === memory.attempt?.state && target.managed.isHeld(type, keyOfRef(ref));
}

/** After a restart: whether it is a Job that a process before this one made, and that is done and gone. */
function isDone(item: Desired, view: View, { memory }: Work): boolean {
  if (!item.vanishes || item.isNew || view.known !== 'absent') return false;
  return memory.attempt?.wasApplied === true && !memory.applied.has(refId(item.ref));
}

function rememberDone({ ref, hash }: Desired, { memory }: Work): void {
  const id = refId(ref);
  const uid = memory.inventory.find((known) => refId(known) === id)?.uid ?? '';
  memory.applied.set(id, { hash, uid, entry: undefined, state: memory.attempt?.state });
}

/**
 * After a restart, what a process before this one did: a Job that is done is not run again. With mode
 * `warn`, what this very state's objects would become is asked of the API server, which writes nothing,
 * so that drift from before is found and not overwritten.
 */
export async function recallApplied(item: Desired, look: Look, work: Work): Promise<void> {
  const { view, full } = look;
  if (isDone(item, view, work)) rememberDone(item, work);
  if (!isToBeRecalled(item, view, work)) return;
  const { applied, attempt } = work.memory;
  const id = refId(item.ref);
  const { hash } = item;
  const state = attempt?.state;
  if (view.known === 'absent') applied.set(id, { hash, uid: '', entry: undefined, state });
  else if (view.known === 'live' && isOwnedBy(work.me, view.live)) {
    const entry = await entryIfUnchanged(item, view.live, full, work);
    const essence = entry && full && essenceOf(item, full, work.target)?.entry;
    applied.set(id, { hash, uid: view.live.uid, entry, essence, state });
  }
}

/** Whether the object has to be read first: of its ignored fields, what is there is to be tried. */
export function isRecalledByReading(item: Desired, { view, full }: Look, work: Work): boolean {
  return (
    item.ignored.length > 0 && !full && view.known === 'live' && isToBeRecalled(item, view, work)
  );
}

function isToBeRecalled(item: Desired, view: View, { spec, memory }: Work): boolean {
  const { attempt, applied } = memory;
  if (spec.driftDetection?.mode !== 'warn' || !attempt?.isRepeat) return false;
  return !applied.has(refId(item.ref)) && view.known !== 'nothing' && !item.isNew;
}

/** Our entry of managedFields if an apply would change nothing. */
async function entryIfUnchanged(
  item: Desired,
  live: LiveState,
  full: KubeObject | undefined,
  work: Work,
): Promise<string | undefined> {
  const { target, run, deps } = work;
  const { ignored } = item;
  const { manager } = deps.takeover;
  const object = full ? keepIgnored(item.object, full, { ignored, manager }) : item.object;
  const metadata = { ...object.metadata, uid: live.uid };
  try {
    const options = { fieldManager, force: true, dryRun: true, signal: run.signal };
    const answer = await target.client.apply(item.type, { ...object, metadata }, options);
    // An ignored field that is ours again is no change, but has a time.
    const stateOf = (each: KubeObject) =>
      essenceOf(item, each, target, false) ?? target.managed.reduce(each);
    const before = full ? stateOf(full).entry : live.entry;
    return stateOf(answer.object).entry === before && !live.intruded ? live.entry : undefined;
  } catch (error) {
    throw await tellFailure(error, { verb: 'patch', ref: item.ref }, work);
  }
}
