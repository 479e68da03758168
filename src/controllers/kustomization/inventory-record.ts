import { claimAnnotations, withClaim } from '../../api/kustomize/claim.ts';
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

type Inventory = NonNullable<KustomizationStatus['inventory']>;

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
export function recordInventory(items: readonly InventoryItem[], work: Work): Inventory {
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
  const inventory = { ...at, entries, ...memory.built };
  run.record({ inventory });
  return inventory;
}

/**
 * Writes down what is about to be created before any of it is: killed at any moment after, the next
 * process finds in the inventory whatever this one left in the cluster, and other Kustomizations of
 * the namespace find what this one wants. Costs a request only when there are objects that are not on
 * record yet: the first time none of its own, as a short claim goes along with the finalizer. Throws
 * if it could not be written.
 */
export async function claimInventory(
  claim: { wanted: readonly ObjectRef[]; known: readonly InventoryItem[]; built: BuiltFrom },
  stale: readonly InventoryItem[],
  work: Work,
): Promise<void> {
  const { wanted, known, built } = claim;
  const { run, memory } = work;
  const uids = new Map(known.map((item) => [refId(item), item.uid]));
  memory.built = built;
  const items = wanted.map((ref): InventoryItem => {
    const uid = uids.get(refId(ref));
    return uid === undefined ? ref : { ...ref, uid };
  });
  const inventory = recordInventory([...items, ...stale], work);
  const written = asWritten(work);
  if (!run.isHeld) await run.hold(written ? claimAnnotations(written, inventory) : {});
  if (!isOnRecord(wanted, work)) await run.progress(`Applying revision ${built.revision}`);
  run.signal.throwIfAborted();
  if (isOnRecord(wanted, work)) return;
  const failure = 'the inventory could not be written: nothing was applied';
  throw retryable(Reason.ReconciliationFailed, failure, { afterMs: 5_000 });
}

function isOnRecord(wanted: readonly ObjectRef[], work: Work): boolean {
  if (wanted.length === 0) return true;
  const written = asWritten(work);
  const { status } = written ? withClaim(written) : {};
  const listed = parseInventory(status?.inventory?.entries);
  return isInventoryOf(status, work.target) && without(wanted, listed).length === 0;
}

/** The Kustomization as the API server has it. */
function asWritten({ deps, me }: Work): WithInventory | undefined {
  return deps.caches.for<WithInventory>(Kustomization.type).get(me);
}
