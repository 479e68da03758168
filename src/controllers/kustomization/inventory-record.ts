import { Kustomization } from '../../api/kustomize/kustomization.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable } from '../../base/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  formatEntry,
  parseInventory,
  refId,
  union,
  without,
  type InventoryEntry,
  type ObjectRef,
} from '../../api/kustomize/inventory.ts';
import type { Work } from './work.ts';

interface WithInventory extends KubeObject {
  status?: { inventory?: { entries?: InventoryEntry[] } };
}

/** Everything the Kustomization may have applied so far, by its status and by what we remember. */
export function knownInventory(
  status: KustomizationStatus | undefined,
  { memory }: Pick<Work, 'memory'>,
): ObjectRef[] {
  return union(memory.inventory, parseInventory(status?.inventory?.entries));
}

/** Sets the inventory that the run will leave in the status. */
export function recordInventory(refs: readonly ObjectRef[], { memory, run }: Work): void {
  memory.inventory = refs;
  const ids = new Set(refs.map(refId));
  for (const id of memory.applied.keys()) if (!ids.has(id)) memory.applied.delete(id);
  run.record({ inventory: { entries: refs.map(formatEntry) } });
}

/**
 * Writes down what is about to be created before any of it is: killed at any moment after, the next
 * process finds in the inventory whatever this one left in the cluster. Costs a request only when
 * there are objects the inventory does not have yet. Throws if it could not be written.
 */
export async function claimInventory(
  wanted: readonly ObjectRef[],
  known: readonly ObjectRef[],
  work: Work,
  message: string,
): Promise<void> {
  const { run, deps, me } = work;
  if (without(wanted, known).length === 0) return;
  recordInventory(union(wanted, known), work);
  await run.progress(message);
  run.signal.throwIfAborted();
  const written = deps.caches.for<WithInventory>(Kustomization.type).get(me);
  const entries = parseInventory(written?.status?.inventory?.entries);
  if (without(wanted, entries).length === 0) return;
  const failure = 'the inventory could not be written: nothing was applied';
  throw retryable(Reason.ReconciliationFailed, failure, { afterMs: 5_000 });
}
