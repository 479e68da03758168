import { refId } from '../../../api/kustomize/inventory.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Look } from '../apply/apply-object.ts';
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
  return describeDrift(full, item.object, work.deps.takeover);
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
 * With mode `warn`, after a restart: what this very state's objects would become is asked of the API
 * server, which writes nothing, so that drift from before is found and not overwritten.
 */
export async function recallApplied(item: Desired, view: View, work: Work): Promise<void> {
  const { spec, memory } = work;
  const { attempt, applied } = memory;
  const id = refId(item.ref);
  if (spec.driftDetection?.mode !== 'warn' || !attempt?.isRepeat || applied.has(id)) return;
  if (view.known === 'nothing' || item.isNew) return;
  const { hash } = item;
  const { state } = attempt;
  if (view.known === 'absent') applied.set(id, { hash, uid: '', entry: undefined, state });
  else if (isOwnedBy(work.me, view.live)) {
    const entry = await entryIfUnchanged(item, view.live, work);
    applied.set(id, { hash, uid: view.live.uid, entry, state });
  }
}

/** Our entry of managedFields if an apply would change nothing. */
async function entryIfUnchanged(
  item: Desired,
  live: LiveState,
  work: Work,
): Promise<string | undefined> {
  const { target, run } = work;
  const metadata = { ...item.object.metadata, uid: live.uid };
  try {
    const options = { fieldManager, force: true, dryRun: true, signal: run.signal };
    const answer = await target.client.apply(item.type, { ...item.object, metadata }, options);
    const { entry } = target.managed.reduce(answer.object);
    return entry === live.entry && !live.intruded ? entry : undefined;
  } catch (error) {
    throw await tellFailure(error, { verb: 'patch', ref: item.ref }, work);
  }
}
