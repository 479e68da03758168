import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { refId, type InventoryItem, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { keyOf } from '../../../kube/object.ts';
import type { FindType } from '../apply/resource-types.ts';
import {
  claimantOf,
  claimsOfAll,
  isBehind,
  siblingsOf,
  type Sibling,
} from '../handover/siblings.ts';
import type { BuiltFrom } from '../memory.ts';
import { timeoutMs } from '../timing.ts';
import type { Work } from '../work.ts';
import { approvalOf, whyGuarded } from './guard.ts';
import { foresee, prune, type Pruned } from './prune.ts';

/** What left the build, and how much the build leaves. */
export interface Leaving {
  stale: readonly InventoryItem[];
  /** Objects there were before. */
  of: number;
  /** The build is empty. */
  isAll: boolean;
}

/** What became of what left the build. */
export interface PrunedStale extends Pruned {
  /** Why deletions wait for a go, if they do. */
  guarded: string | undefined;
  /** What each object that waits for another Kustomization waits for. */
  awaited: { item: ObjectRef; sibling: Sibling }[];
  /** When the wait for other Kustomizations is over, whatever they do. */
  afterMs: number | undefined;
}

/**
 * What left the build, each marked with why it is not deleted at once: siblings may take it over,
 * or it waits for a go. The mark is in the status before the first object of the build is written,
 * and is what siblings go by. Called once the objects' kinds are watched.
 */
export async function markStale(
  leaving: Leaving,
  built: BuiltFrom,
  findType: FindType,
  work: Work,
): Promise<InventoryItem[]> {
  const { memory, run } = work;
  const { stale } = leaving;
  const known = memory.pruning;
  const isSame = known?.revision === built.revision && known.generation === built.generation;
  if (!isSame) {
    const isHeldBack = stale.some(({ left }) => left === 'guarded');
    memory.pruning = { ...built, startedAtMs: run.clock.now(), of: leaving.of, isHeldBack };
  }
  const deletable = await deletableOf(stale, findType, work);
  const guarded = guardedBy(deletable, leaving.isAll, work);
  return stale.map((item) => ({ ...item, left: guarded === undefined ? 'pending' : 'guarded' }));
}

/**
 * Deletes what left the build and nobody wants: not what another Kustomization of the namespace has
 * in Git; nothing before all that share the source have built the same revision, or have had
 * `spec.timeout` to; and nothing that the guard holds back.
 */
export async function pruneStale(
  leaving: Leaving,
  findType: FindType,
  work: Work,
): Promise<PrunedStale> {
  const { memory, spec, run, target } = work;
  const { stale } = leaving;
  const siblings = stale.length === 0 ? [] : siblingsOf(work);
  const claims = claimsOfAll(siblings, target);
  const revision = memory.built?.revision ?? '';
  const behind = siblings.filter((one) => isBehind(one, work, revision));
  const waitedMs = run.clock.now() - (memory.pruning?.startedAtMs ?? 0);
  const remainingMs = behind.length > 0 ? Math.max(timeoutMs(spec) - waitedMs, 0) : 0;

  const unclaimed = stale.filter((item) => !claimantOf(item, claims));
  const deletable = await deletableOf(unclaimed, findType, work);
  const guarded = remainingMs > 0 ? undefined : guardedBy(deletable, leaving.isAll, work);
  const waitsFor = (item: ObjectRef) =>
    claimantOf(item, claims) ?? (remainingMs > 0 ? behind[0] : undefined);
  const hindrance = (item: InventoryItem) => {
    if (waitsFor(item)) return item.left ?? 'pending';
    return guarded === undefined ? undefined : 'guarded';
  };
  const pruned = await prune(stale, findType, hindrance, work);
  const awaited = pruned.left.flatMap((item) => {
    const sibling = waitsFor(item);
    return sibling ? [{ item, sibling }] : [];
  });
  if (awaited.length > 0) trackAll([...behind, ...awaited.map(({ sibling }) => sibling)], work);
  const afterMs = awaited.length > 0 && remainingMs > 0 ? remainingMs : undefined;
  return { ...pruned, guarded, awaited, afterMs };
}

/** What of the inventory is not in the build; nothing where nothing is to be pruned. */
export function leavingOf(
  known: readonly InventoryItem[],
  wanted: readonly ObjectRef[],
  spec: { prune: boolean },
): Leaving {
  const ids = new Set(wanted.map(refId));
  const hasUids = known.some(({ uid }) => uid !== undefined);
  // What a run before this one claimed and never applied was not there before.
  const before = known.filter((item) => !(hasUids && !item.uid && ids.has(refId(item))));
  const stale = spec.prune ? known.filter((item) => !ids.has(refId(item))) : [];
  return { stale, of: before.length, isAll: wanted.length === 0 };
}

/** The inventory after pruning: what is wanted, and what is still to be deleted. */
export function remaining({ memory }: Work, { left, failed }: Pruned): InventoryItem[] {
  return [...memory.inventory.filter((item) => item.left === undefined), ...left, ...failed];
}

/** Why the guard holds deletions back, if it does and nobody has let them go. */
function guardedBy(refs: readonly ObjectRef[], isAll: boolean, work: Work): string | undefined {
  const { spec, deps, memory, approval } = work;
  const guard = spec.pruneGuard ?? deps.pruneGuard;
  const { pruning } = memory;
  if (!guard || !pruning || refs.length === 0) return undefined;
  if (approval === approvalOf(pruning)) return undefined;
  const why = whyGuarded(guard, { refs, of: pruning.of, isAll });
  return why ?? (pruning.isHeldBack ? 'an earlier change was held back' : undefined);
}

/** Of what is to be deleted, what is there and ours as far as is known without asking. */
async function deletableOf(
  items: readonly InventoryItem[],
  findType: FindType,
  work: Work,
): Promise<InventoryItem[]> {
  const deletable: InventoryItem[] = [];
  for (const item of items) {
    const type = await findType(item);
    const decision = type && foresee(type, item, work);
    if (decision?.do === 'delete' || decision?.do === 'look') deletable.push(item);
  }
  return deletable;
}

function trackAll(siblings: readonly Sibling[], { run }: Work): void {
  for (const sibling of siblings) run.track(Kustomization.type, keyOf(sibling));
}
