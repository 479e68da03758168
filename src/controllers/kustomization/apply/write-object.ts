import { messageOf, ReconcileError, retryable } from '../../../base/errors.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { takeoverPatch, type TakeoverOptions } from '../../../kube/takeover.ts';
import type { Look } from './look.ts';
import type { Desired } from '../build/desired.ts';
import { essenceOf } from '../drift/essence.ts';
import { keepIgnored } from '../drift/keep-ignored.ts';
import { fieldManager } from './field-manager.ts';
import { keyOfRef, refId } from '../../../api/kustomize/inventory.ts';
import type { Decision, LiveState } from './plan.ts';
import { isCollision } from './collision.ts';
import { replaceObject } from './replace-object.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Work } from '../work.ts';

/** What a write came to. */
export interface Written {
  action: 'created' | 'configured' | 'unchanged';
  state: LiveState;
}

/** It is to be looked at again; `said`: what the API server answered, if it refused the write. */
export interface Again {
  action: 'again';
  said?: string;
}

type Write = Extract<Decision, { do: 'create' | 'update' }>;

/** A version no object ever has: an apply that carries it is refused unless there is no object. */
const noVersion = '1';

/**
 * Applies one object under the assumption the decision was made on. `again`: the assumption was
 * wrong, or the object had to be deleted first. Throws what to tell the tenant.
 */
export async function writeObject(
  item: Desired,
  decision: Write,
  look: Look,
  work: Work,
): Promise<Written | Again> {
  try {
    const taken = await takeOver(item, decision, look, work);
    const guarded = guardedObject(item, decision, taken, work);
    return await apply(item, guarded, look, work);
  } catch (error) {
    const tell = (each: unknown) => tellFailure(each, { verb: 'patch', ref: item.ref }, work);
    if (isCollision(error)) return { action: 'again', said: messageOf(await tell(error)) };
    const replacement = await replaceObject(item, look, error, work);
    if (replacement?.do === 'deleted') return { action: 'again' };
    const failure = await tell(error);
    throw replacement ? withRefusal(failure, await tell(replacement.error)) : failure;
  }
}

/** Why it was not changed, and why it was not replaced either. */
function withRefusal(failure: unknown, refusal: unknown): unknown {
  const [why, whyNotAnew] = [messageOf(failure), messageOf(refusal)];
  if (!(failure instanceof ReconcileError) || why === whyNotAnew) return failure;
  const message = `${why}; it is not replaced, as it could not be made anew: ${whyNotAnew}`;
  const { reason, cause, afterMs } = failure;
  return retryable(reason, message, { cause, ...(afterMs !== undefined && { afterMs }) });
}

/** Makes us the manager of what others wrote, so that the apply can change and remove it. */
async function takeOver(
  { type, ref, marks }: Desired,
  decision: Write,
  { full, view }: Look,
  { target, deps, run }: Work,
): Promise<KubeObject | undefined> {
  if (decision.do === 'create' || !decision.takeOver || !full) return full;
  const isMerged = [marks, view.known === 'live' ? view.live.marks : marks].some(
    ({ apply }) => apply === 'merge',
  );
  const patch = takeoverPatch(full, isMerged ? migrationOnly(deps.takeover) : deps.takeover);
  if (!patch) return full;
  return target.client.patch(type, keyOfRef(ref), patch, { fieldManager, signal: run.signal });
}

/** Of an object that is merged into, others keep what they wrote. */
const migrationOnly = ({ manager, migrate = false }: TakeoverOptions): TakeoverOptions => ({
  manager,
  from: [],
  migrate,
});

/** What to send: with what it assumes, and with the ignored fields as they are. */
function guardedObject(
  { object, ignored }: Desired,
  decision: Write,
  taken: KubeObject | undefined,
  { deps }: Work,
): KubeObject {
  const isKept = decision.do === 'update' && taken !== undefined && ignored.length > 0;
  const { manager } = deps.takeover;
  const kept = isKept ? keepIgnored(object, taken, { ignored, manager }) : object;
  return { ...kept, metadata: { ...kept.metadata, ...guardOf(decision, taken, isKept) } };
}

function guardOf(decision: Write, taken: KubeObject | undefined, isKept: boolean) {
  if (decision.do === 'create') return { resourceVersion: noVersion };
  const { uid } = decision;
  // What was kept is to be what still is.
  if (decision.resourceVersion === undefined && !isKept) return { uid };
  return {
    uid,
    resourceVersion: taken?.metadata.resourceVersion ?? decision.resourceVersion ?? '',
  };
}

async function apply(
  item: Desired,
  guarded: KubeObject,
  look: Look,
  { target, memory, run }: Work,
): Promise<Written> {
  const { type, ref } = item;
  let created = false;
  let essence: string | undefined;
  const state = await target.managed.write(type, keyOfRef(ref), async () => {
    const options = { fieldManager, force: true, signal: run.signal };
    const answer = await target.client.apply(type, guarded, options);
    created = answer.created;
    essence = essenceOf(item, answer.object, target)?.entry;
    return answer.object;
  });
  const known = memory.applied.get(refId(ref));
  const { uid, entry } = state;
  const left = { hash: item.hash, uid, entry, essence, state: memory.attempt?.state };
  memory.applied.set(refId(ref), left);
  memory.replacedAt.delete(refId(ref));
  if (created) return { action: 'created', state };
  const before = look.view.known === 'live' ? look.view.live : undefined;
  const isSame =
    before?.resourceVersion === state.resourceVersion ||
    // After a restart: the watch may lag behind a status, but our own entry tells.
    (known === undefined && before?.entry !== undefined && before.entry === state.entry);
  return { action: isSame ? 'unchanged' : 'configured', state };
}
