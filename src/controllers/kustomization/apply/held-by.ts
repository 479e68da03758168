import { withClaim } from '../../../api/kustomize/claim.ts';
import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { Reason } from '../../../api/reasons.ts';
import { denied, retryable, type ReconcileError } from '../../../base/errors.ts';
import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import { readIfThere } from '../../../kube/read-if-there.ts';
import {
  formatRef,
  parseInventory,
  refId,
  type ObjectRef,
} from '../../../api/kustomize/inventory.ts';
import { isBehind, isDeleting, type Sibling } from '../handover/siblings.ts';
import type { Hold, View } from './plan.ts';
import type { Work } from '../work.ts';

/**
 * How far the Kustomization that an object's labels name keeps it from us. Labels alone prove
 * nothing: they are copied along with a manifest, and outlive their owner; so that one must exist
 * and list the object in its inventory as one it has in Git. One of our own namespace that is on
 * its way out, or has yet to build the revision we build, may let go of it soon. Whatever this
 * answers is looked at again when that Kustomization changes.
 */
export async function holdOf(view: View, ref: ObjectRef, work: Work): Promise<Hold> {
  const owner = view.known === 'live' ? view.live.owner : undefined;
  if (!owner || formatKey(owner) === formatKey(work.me)) return 'none';
  work.run.track(Kustomization.type, owner);
  const other = await readOwner(owner, work);
  return other ? holdBy(withClaim(other), ref, work) : 'none';
}

function holdBy(other: Sibling, ref: ObjectRef, work: Work): Hold {
  const { me, memory, target } = work;
  const { cluster, entries } = other.status?.inventory ?? {};
  if (cluster !== target.cluster) return 'none';
  const item = parseInventory(entries).find((held) => refId(held) === refId(ref));
  if (!item) return 'none';
  if (other.metadata.namespace !== me.namespace) return 'held';
  if (item.left !== undefined) return 'none';
  const revision = memory.built?.revision ?? '';
  return isDeleting(other) || isBehind(other, work, revision) ? 'awaited' : 'held';
}

async function readOwner(
  owner: Required<ObjectKey>,
  { deps, run }: Work,
): Promise<Sibling | undefined> {
  const cached = deps.caches.for<Sibling>(Kustomization.type).get(owner);
  if (cached) return cached;
  // The cache holds this process's shard only; before it takes something away, it makes sure.
  return await readIfThere(deps.client, Kustomization.type, owner, { signal: run.signal });
}

/** The refusal to write what another Kustomization holds. Of another namespace's it names nothing. */
export function heldByOther(ref: ObjectRef, owner: ObjectKey, me: ObjectKey): ReconcileError {
  if (owner.namespace !== me.namespace) {
    const message = `${formatRef(ref)} exists and may not be taken over: rename it, or remove it from the manifests`;
    return denied(Reason.AccessDenied, message);
  }
  const message =
    `${formatRef(ref)} is managed by Kustomization '${formatKey(owner)}' as well as by ` +
    `'${formatKey(me)}': remove it from one of the two`;
  return retryable(Reason.ReconciliationFailed, message);
}
