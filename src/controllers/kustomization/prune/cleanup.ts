import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { Reason } from '../../../api/reasons.ts';
import { ReconcileError } from '../../../base/errors.ts';
import { keyOf } from '../../../kube/object.ts';
import { waitingFor, type Outcome } from '../../../runtime/outcome.ts';
import type { Run } from '../../../runtime/run.ts';
import { accountExists } from '../actor.ts';
import { readLook, watchedLook } from '../apply/look.ts';
import {
  formatRef,
  parseInventory,
  type InventoryItem,
  type ObjectRef,
} from '../../../api/kustomize/inventory.ts';
import { claimantOf, claimsOfAll, siblingsOf } from '../handover/siblings.ts';
import { isInventoryOf, recordInventory } from '../inventory-record.ts';
import { isOwnedBy } from '../apply/plan.ts';
import { prune, pruneFailure, type Hindrance } from './prune.ts';
import { tellKept, tellLeft } from './tell-stale.ts';
import { prepare } from '../reconcile.ts';
import { heldTypeFinder, type FindType } from '../apply/resource-types.ts';
import { readIgnoreRules } from '../drift/ignore-rules.ts';
import { healthRules } from '../health/health-rules.ts';
import { openTarget } from '../open-target.ts';
import { UnusableClusterError } from '../../shared/remote/unusable-cluster.ts';
import { timeoutMs } from '../timing.ts';
import type { KustomizationDeps, ReconciledKustomization, Work } from '../work.ts';

const pollMs = 5_000;

/**
 * What becomes of the applied objects when their Kustomization is deleted: by its deletionPolicy,
 * and never more than a prune would delete. Throws while something could not be deleted, which
 * keeps the Kustomization.
 */
export async function cleanup(
  object: ReconciledKustomization,
  deps: KustomizationDeps,
  run: Run<KustomizationStatus>,
): Promise<Outcome | void> {
  const key = keyOf(object);
  const refs = parseInventory(object.status?.inventory?.entries);
  const leave = (why: string) => {
    const message = `${why}: these objects were not deleted:\n${refs.map(formatRef).join('\n')}`;
    run.event({ severity: 'error', reason: Reason.PruneFailed, message });
  };
  if (deletesObjects(object)) {
    const reached = await reachObjects(object, deps, run);
    if (typeof reached === 'string') leave(reached);
    else {
      using _target = reached.target;
      const outcome = await deleteObjects(refs, object, reached);
      if (outcome) return outcome;
    }
  }
  deps.managed.release(key);
  deps.memories.forget(key);
}

/**
 * The way to the objects, or why nobody may delete them, now or later: keeping the Kustomization
 * would only keep its namespace.
 */
async function reachObjects(
  object: ReconciledKustomization,
  deps: KustomizationDeps,
  run: Run<KustomizationStatus>,
): Promise<Work | string> {
  try {
    const prepared = prepare(object, deps, run);
    const { actor } = prepared;
    if (!(await accountExists(actor, deps.client, run.signal))) {
      return `ServiceAccount '${actor.account?.name}' is gone`;
    }
    const target = await openTarget(prepared);
    if (isInventoryOf(object.status, target)) {
      return { ...prepared, target, healthRules: healthRules(), ignoreRules: readIgnoreRules() };
    }
    target[Symbol.dispose]();
    // By chance, objects of this cluster could bear the names.
    return 'spec.kubeConfig leads to another cluster than the one they are in';
  } catch (error) {
    if (error instanceof UnusableClusterError) return error.message;
    if (error instanceof ReconcileError && error.class === 'stalled') return error.message;
    throw error;
  }
}

function deletesObjects({ spec, status }: ReconciledKustomization): boolean {
  if (spec.suspend || (status?.inventory?.entries ?? []).length === 0) return false;
  const { deletionPolicy = 'MirrorPrune' } = spec;
  return deletionPolicy === 'MirrorPrune' ? spec.prune : deletionPolicy !== 'Orphan';
}

async function deleteObjects(
  refs: readonly InventoryItem[],
  object: ReconciledKustomization,
  work: Work,
): Promise<Outcome | undefined> {
  const { target, run, me } = work;
  const findType = heldTypeFinder(target.client.discovery, run.signal);
  const claims = claimsOfAll(siblingsOf(work), target);
  const types = await Promise.all(refs.map(findType));
  await target.managed.use(
    me,
    types.filter((type) => type !== undefined),
    run.signal,
  );
  // What another has in Git is its own as soon as this one is gone.
  const leave: Hindrance = (item) => (claimantOf(item, claims) ? 'pending' : undefined);
  const pruned = await prune(refs, findType, leave, work);
  tellKept(pruned.kept, work);
  tellLeft(pruned.left, claims, work);
  recordInventory(pruned.failed.length > 0 ? pruned.failed : refs, work);
  if (pruned.failed.length > 0) throw pruneFailure(pruned);
  const waits = object.spec.deletionPolicy === 'WaitForTermination';
  return waits ? awaitTermination(refs, findType, object, work) : undefined;
}

/** Until all are gone, by their watch, or until time is up, which is told and then accepted. */
async function awaitTermination(
  refs: readonly ObjectRef[],
  findType: FindType,
  object: ReconciledKustomization,
  work: Work,
): Promise<Outcome | undefined> {
  const { target, run, me, spec } = work;
  const left: ObjectRef[] = [];
  for (const ref of refs) if (await isStillOurs(ref, findType, work)) left.push(ref);
  if (left.length === 0) return undefined;
  const began = Date.parse(object.metadata.deletionTimestamp ?? '');
  const remainingMs = began + timeoutMs(spec) - run.clock.now();
  const names = left.map(formatRef).join(', ');
  if (remainingMs > 0) {
    target.managed.await(me, true);
    const message = `waiting for the termination of ${names}`;
    const afterMs = Math.min(pollMs, remainingMs);
    return waitingFor({ reason: Reason.Progressing, message, afterMs, progressing: true });
  }
  const message = `timeout waiting for the termination of ${names}`;
  run.event({ severity: 'error', reason: Reason.PruneFailed, message });
  return undefined;
}

async function isStillOurs(ref: ObjectRef, findType: FindType, work: Work): Promise<boolean> {
  const type = await findType(ref);
  if (!type) return false;
  const seen = watchedLook(type, ref, work).view;
  const isDeleting = seen.known === 'live' && seen.live.deleting;
  // Of the deletion we asked for a moment ago the watch may not have heard: only what it says is
  // being deleted needs no look.
  const view = isDeleting ? seen : (await readLook(type, ref, work)).view;
  return view.known === 'live' && view.live.deleting && isOwnedBy(work.me, view.live);
}
