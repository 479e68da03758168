import { Kustomization } from '../../api/kustomize/kustomization.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable } from '../../base/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  formatEntry,
  formatRef,
  parseInventory,
  refId,
  union,
  without,
  type InventoryEntry,
  type ObjectRef,
} from '../../api/kustomize/inventory.ts';
import type { Target } from './target.ts';
import type { Work } from './work.ts';

interface WithInventory extends KubeObject {
  status?: { inventory?: { cluster?: string; entries?: InventoryEntry[] } };
}

/** Whether the status lists objects of that cluster: names alone are the same in any. */
export function isInventoryOf(
  status: KustomizationStatus | undefined,
  { cluster }: Pick<Target, 'cluster'>,
): boolean {
  return status?.inventory?.cluster === cluster;
}

/**
 * Everything the Kustomization may have applied there so far, by its status and by what we remember.
 * Objects of another cluster, to which it applied before, are left: the way there may be gone, and
 * by chance objects here could bear their names. That is told once.
 */
export function knownInventory(
  status: KustomizationStatus | undefined,
  { memory, target, run }: Work,
): ObjectRef[] {
  if (memory.cluster !== target.cluster) {
    memory.cluster = target.cluster;
    memory.applied.clear();
    memory.inventory = [];
  }
  const listed = parseInventory(status?.inventory?.entries);
  if (isInventoryOf(status, target)) return union(memory.inventory, listed);
  if (listed.length > 0 && memory.inventory.length === 0) {
    const message =
      'it applies to another cluster than before: these objects were left in that one:\n' +
      listed.map(formatRef).join('\n');
    run.event({ severity: 'error', reason: Reason.PruneFailed, message });
  }
  return [...memory.inventory];
}

/** Sets the inventory that the run will leave in the status. */
export function recordInventory(refs: readonly ObjectRef[], { memory, target, run }: Work): void {
  const { cluster } = target;
  memory.inventory = refs;
  const ids = new Set(refs.map(refId));
  for (const id of memory.applied.keys()) if (!ids.has(id)) memory.applied.delete(id);
  const entries = refs.map(formatEntry);
  run.record({ inventory: { ...(cluster !== undefined && { cluster }), entries } });
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
  const { cluster, entries } = written?.status?.inventory ?? {};
  const isHere = cluster === work.target.cluster;
  if (isHere && without(wanted, parseInventory(entries)).length === 0) return;
  const failure = 'the inventory could not be written: nothing was applied';
  throw retryable(Reason.ReconciliationFailed, failure, { afterMs: 5_000 });
}
