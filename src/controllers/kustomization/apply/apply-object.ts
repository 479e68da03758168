import { Reason } from '../../../api/reasons.ts';
import { retryable } from '../../../base/errors.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Desired } from '../build/desired.ts';
import { heldByOther, isHeldByOther } from './held-by.ts';
import { formatRef, keyOfRef, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { decide, type Decision, type LiveState, type View } from './plan.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Work } from '../work.ts';
import { writeObject } from './write-object.ts';
import type { ResourceType } from '../../../kube/object.ts';

/** What became of one object of the build. */
export type Applying =
  | {
      action: 'created' | 'configured' | 'unchanged' | 'skipped';
      ref: ObjectRef;
      state: LiveState | undefined;
    }
  /** It cannot be applied before something else is over; woken then. */
  | { action: 'waiting'; ref: ObjectRef; why: string };

/** What is known of an object; `full` only of one that was read in this run. */
export interface Look {
  view: View;
  full?: KubeObject;
}

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
  for (let round = 0; round < maxRounds; round++) {
    const decision = await decideOn(item, look.view, work);
    const state = look.view.known === 'live' ? look.view.live : undefined;
    switch (decision.do) {
      case 'unchanged':
        return { action: 'unchanged', ref, state };
      case 'skip':
        return { action: 'skipped', ref, state };
      case 'wait':
        return { action: 'waiting', ref, why: `${formatRef(ref)} is being deleted` };
      case 'refuse':
        throw heldByOther(ref, decision.owner, work.me);
      case 'create':
      case 'update': {
        const written = await writeObject(item, decision, look, work);
        if (written) return { ref, ...written };
        break;
      }
      case 'look':
        break;
    }
    look = await readLook(item.type, ref, work);
  }
  const message = `${formatRef(ref)} is changed by others faster than it can be applied`;
  throw retryable(Reason.ReconciliationFailed, message);
}

async function decideOn(item: Desired, view: View, work: Work): Promise<Decision> {
  const { me, memory } = work;
  const applied = memory.applied.get(refId(item.ref));
  const isHeld = await isHeldByOther(view, item.ref, work);
  return decide({ wanted: item, view, applied, me, isHeld });
}

/** What the watch knows; costs nothing. */
export function watchedLook(type: ResourceType, ref: ObjectRef, { target }: Work): Look {
  const seen = target.managed.view(type, keyOfRef(ref));
  return { view: seen.known === 'live' ? { ...seen, read: false } : seen };
}

/** Reads the object where it is, as the tenant. */
export async function readLook(type: ResourceType, ref: ObjectRef, work: Work): Promise<Look> {
  const { target, run } = work;
  try {
    const full = await target.client.get(type, keyOfRef(ref), { signal: run.signal });
    return { view: { known: 'live', live: target.managed.reduce(full), read: true }, full };
  } catch (error) {
    if (isNotFound(error)) return { view: { known: 'absent' } };
    throw await tellFailure(error, { verb: 'get', ref }, work);
  }
}
