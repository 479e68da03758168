import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { Reason } from '../../../api/reasons.ts';
import { denied, retryable, type ReconcileError } from '../../../base/errors.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../../kube/object.ts';
import {
  formatRef,
  parseInventory,
  refId,
  type InventoryEntry,
  type ObjectRef,
} from '../../../api/kustomize/inventory.ts';
import type { View } from './plan.ts';
import type { Work } from '../work.ts';

interface WithInventory extends KubeObject {
  status?: { inventory?: { cluster?: string; entries?: InventoryEntry[] } };
}

/**
 * Whether the Kustomization that an object's labels name is another one that exists and lists the
 * object in its inventory, of the same cluster. Labels alone prove nothing: they are copied along with a manifest, and
 * outlive their owner. Whatever it answers is looked at again when that Kustomization changes.
 */
export async function isHeldByOther(view: View, ref: ObjectRef, work: Work): Promise<boolean> {
  const owner = view.known === 'live' ? view.live.owner : undefined;
  if (!owner || formatKey(owner) === formatKey(work.me)) return false;
  work.run.track(Kustomization.type, owner);
  const other = await readOwner(owner, work);
  const { cluster, entries = [] } = other?.status?.inventory ?? {};
  return (
    cluster === work.target.cluster &&
    parseInventory(entries).some((held) => refId(held) === refId(ref))
  );
}

async function readOwner(
  owner: Required<ObjectKey>,
  { deps, run }: Work,
): Promise<WithInventory | undefined> {
  const cached = deps.caches.for<WithInventory>(Kustomization.type).get(owner);
  if (cached) return cached;
  try {
    // The cache holds this process's shard only; before it takes something away, it makes sure.
    return await deps.client.get<WithInventory>(Kustomization.type, owner, { signal: run.signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
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
