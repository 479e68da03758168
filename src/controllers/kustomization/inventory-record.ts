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
  type InventoryItem,
  type ObjectRef,
} from '../../api/kustomize/inventory.ts';
import type { BuiltFrom } from './memory.ts';
import type { Target } from './target.ts';
import type { Work } from './work.ts';

interface WithInventory extends KubeObject {
  status?: KustomizationStatus;
}

/** With more entries than this, uids would bring the status near what etcd stores (1.5 MiB). */
const maxWithUids = 8_000;

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
): InventoryItem[] {
  if (memory.cluster !== target.cluster) {
    memory.cluster = target.cluster;
    memory.applied.clear();
    memory.inventory = [];
    memory.built = undefined;
    memory.pruning = undefined;
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

/** Sets the inventory that the run will leave in the status, with the uids of what was applied. */
export function recordInventory(items: readonly InventoryItem[], work: Work): void {
  const { memory, target, run } = work;
  const { cluster } = target;
  const ids = new Set(items.map(refId));
  for (const id of memory.applied.keys()) if (!ids.has(id)) memory.applied.delete(id);
  memory.inventory = items.map((item) => {
    const uid = memory.applied.get(refId(item))?.uid ?? item.uid;
    return uid === undefined ? item : { ...item, uid };
  });
  const isLong = items.length > maxWithUids;
  const entries = memory.inventory.map((item) => {
    const { u, ...entry } = formatEntry(item);
    return isLong || u === undefined ? entry : { ...entry, u };
  });
  const at = cluster === undefined ? {} : { cluster };
  run.record({ inventory: { ...at, entries, ...memory.built } });
}

/**
 * Writes down what is about to be created before any of it is: killed at any moment after, the next
 * process finds in the inventory whatever this one left in the cluster, and other Kustomizations of
 * the namespace find what this one wants. Costs a request only when there are objects the inventory
 * does not have yet. Throws if it could not be written.
 */
export async function claimInventory(
  claim: { wanted: readonly ObjectRef[]; known: readonly InventoryItem[]; built: BuiltFrom },
  stale: readonly InventoryItem[],
  work: Work,
): Promise<void> {
  const { wanted, known, built } = claim;
  const { run, deps, me, memory } = work;
  const uids = new Map(known.map((item) => [refId(item), item.uid]));
  memory.built = built;
  const items = wanted.map((ref): InventoryItem => {
    const uid = uids.get(refId(ref));
    return uid === undefined ? ref : { ...ref, uid };
  });
  recordInventory([...items, ...stale], work);
  if (without(wanted, known).length === 0) return;
  await run.progress(`Applying revision ${built.revision}`);
  run.signal.throwIfAborted();
  const written = deps.caches.for<WithInventory>(Kustomization.type).get(me);
  const { cluster, entries } = written?.status?.inventory ?? {};
  const isHere = cluster === work.target.cluster;
  if (isHere && without(wanted, parseInventory(entries)).length === 0) return;
  const failure = 'the inventory could not be written: nothing was applied';
  throw retryable(Reason.ReconciliationFailed, failure, { afterMs: 5_000 });
}
