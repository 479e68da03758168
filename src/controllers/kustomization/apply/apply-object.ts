import { Reason } from '../../../api/reasons.ts';
import { retryable } from '../../../base/errors.ts';
import { formatKey } from '../../../kube/object.ts';
import type { Desired } from '../build/desired.ts';
import { heldByOther, holdOf } from './held-by.ts';
import { formatRef, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { decide, type Decision, type LiveState, type View } from './plan.ts';
import { overlookIgnored } from '../drift/essence.ts';
import {
  isDrift,
  isHeldOff,
  isLeftAlone,
  isRecalledByReading,
  recallApplied,
  whatDrifted,
} from '../drift/observe-drift.ts';
import type { Work } from '../work.ts';
import { writeObject, type Again } from './write-object.ts';
import { type Look, watchedLook, readLook } from './look.ts';

/** What became of one object of the build. */
export type Applying =
  | {
      action: 'created' | 'configured' | 'unchanged' | 'skipped';
      ref: ObjectRef;
      state: LiveState | undefined;
      /** Who had changed it; the write put it right. */
      drift?: string;
    }
  /** Somebody changed it, and it is left so. */
  | { action: 'drifted'; ref: ObjectRef; state: LiveState | undefined; drift: string }
  /** It cannot be applied before something else is over; woken then. */
  | { action: 'waiting'; ref: ObjectRef; why: string; waitsFor: WaitsFor; drift?: string };

/** The end of the object that is there, or another Kustomization that is to let go of it. */
type WaitsFor = 'termination' | 'handover';

/** Looks at an object that others change at the same time before it is left for later. */
const maxRounds = 6;

/**
 * Makes one object what the build says, with as few requests as what is known allows: none when
 * nothing changed, one when it did. Every write carries what it assumes (that there is no such
 * object, or which), so a wrong assumption is refused by the API server, looked at, and decided
 * anew; never does a write land on an object that somebody else holds.
 */
export async function applyObject(item: Desired, work: Work): Promise<Applying> {
  const { ref } = item;
  let look = watchedLook(item.type, ref, work);
  let drift: string | undefined;
  let said: string | undefined;
  for (let round = 0; round < maxRounds; round++) {
    look = await recall(item, look, work);
    const decision = await decideOn(item, look.view, work);
    const applied = work.memory.applied.get(refId(ref));
    const isDrifted = drift === undefined && isDrift(decision, item, applied);
    if (isDrifted && isHeldOff(item, applied, work)) {
      return { action: 'unchanged', ref, state: stateOf(look) };
    }
    // Who it was is to be read from the object, before the write takes it back.
    const isUnread = isDrifted && look.view.known === 'live' && !look.full;
    if (!isUnread) {
      if (isDrifted) drift = whatDrifted(item, look, work);
      const result =
        drift === undefined
          ? await act(item, decision, look, work)
          : await answerDrift(item, { decision, drift }, look, work);
      if (result.action !== 'again') return result;
      said = result.said ?? said;
    }
    look = await readLook(item.type, ref, work);
  }
  throw retryable(Reason.ReconciliationFailed, `${formatRef(ref)} ${whyNot(look, said)}`);
}

/** To be told that it exists and, whenever one looks, that it does not: the tenant proxy hides it. */
function whyNot({ view }: Look, said: string | undefined): string {
  const why =
    view.known === 'absent'
      ? 'can neither be created nor found: the name is taken by what this account may not see'
      : 'is changed by others faster than it can be applied';
  return said === undefined ? why : `${why} (${said})`;
}

/** Brings together what is seen of an object and what is remembered of it. */
async function recall(item: Desired, seen: Look, work: Work): Promise<Look> {
  const isToBeRead = isRecalledByReading(item, seen, work);
  const look = isToBeRead ? await readLook(item.type, item.ref, work) : seen;
  const counted = overlookIgnored(item, look, work);
  await recallApplied(item, counted, work);
  return counted;
}

const stateOf = ({ view }: Look): LiveState | undefined =>
  view.known === 'live' ? view.live : undefined;

/** Leaves what drifted, or does what was decided and says what it was for. */
async function answerDrift(
  item: Desired,
  { decision, drift }: { decision: Decision; drift: string },
  look: Look,
  work: Work,
): Promise<Applying | Again> {
  const { ref } = item;
  if (isLeftAlone(work.memory.applied.get(refId(ref)), work)) {
    return { action: 'drifted', ref, state: stateOf(look), drift };
  }
  const result = await act(item, decision, look, work);
  return result.action === 'again' ? result : { ...result, drift };
}

/** Does what was decided. */
async function act(
  item: Desired,
  decision: Decision,
  look: Look,
  work: Work,
): Promise<Applying | Again> {
  const { ref } = item;
  const state = stateOf(look);
  switch (decision.do) {
    case 'unchanged':
      noteAsWanted(ref, work);
      return { action: 'unchanged', ref, state };
    case 'skip':
      return { action: 'skipped', ref, state };
    case 'wait':
      return wait(ref, 'termination', `${formatRef(ref)} is being deleted`);
    case 'await': {
      const holder = `Kustomization '${formatKey(decision.owner)}'`;
      return wait(ref, 'handover', `${holder} to hand over ${formatRef(ref)}`);
    }
    case 'refuse':
      throw heldByOther(ref, decision.owner, work.me);
    case 'create':
    case 'update': {
      const written = await writeObject(item, decision, look, work);
      return written.action === 'again' ? written : { ref, ...written };
    }
    case 'look':
      break;
  }
  return { action: 'again' };
}

/** It is right for what is wanted now: what differs from here on is drift. */
function noteAsWanted(ref: ObjectRef, { memory }: Work): void {
  const applied = memory.applied.get(refId(ref));
  if (applied) applied.state = memory.attempt?.state;
}

function wait(ref: ObjectRef, waitsFor: WaitsFor, why: string): Applying {
  return { action: 'waiting', ref, why, waitsFor };
}

async function decideOn(item: Desired, view: View, work: Work): Promise<Decision> {
  const { me, memory } = work;
  const applied = memory.applied.get(refId(item.ref));
  const hold = await holdOf(view, item.ref, work);
  return decide({ wanted: item, view, applied, me, hold });
}
