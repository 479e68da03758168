import { apiVersionOf, type ResourceType } from '../../../kube/object.ts';
import { applyObject, type Applying } from './apply-object.ts';
import { formatChanges, groupChanges, realChanges, type Change } from './changes.ts';
import { checkObject } from '../health/object-health.ts';
import { tellDrift, type DriftFound } from '../drift/tell-drift.ts';
import { concurrently } from '../../../base/concurrently.ts';
import type { Desired } from '../build/desired.ts';
import { formatRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { Obstacle } from './obstacle.ts';
import type { LiveState } from './plan.ts';
import { applyOrder, isCustomResourceDefinition } from './stages.ts';
import type { Work } from '../work.ts';

/** One object that is as it should be, or was left alone because somebody asked for it. */
export interface Settled {
  ref: ObjectRef;
  type: ResourceType;
  state: LiveState | undefined;
  isSkipped: boolean;
  /** A Job that deletes itself. */
  vanishes: boolean;
}

/** How far a build was applied. */
export interface AppliedBuild {
  /** Written or found as they should be, in the order they were applied. */
  settled: Settled[];
  changed: boolean;
  /** What keeps the next stage from being applied; undefined when all stages were. */
  blocked: Obstacle | undefined;
}

/**
 * Applies a build in stages: what defines kinds and namespaces first, and each stage only once the
 * one before is ready. Holds no worker while it is not: returns what it waits for, and the next
 * run, which finds the earlier stages unchanged, goes on from there. Every change is told, also
 * when a later object fails.
 */
export async function applyBuild(desired: readonly Desired[], work: Work): Promise<AppliedBuild> {
  const { concurrentApplies, customStageKinds } = work.deps;
  const done: (Change & Settled)[] = [];
  const drifts: DriftFound[] = [];
  let isWhole = false;
  const finish = (blocked?: Obstacle): AppliedBuild => ({
    settled: done,
    changed: realChanges(done).length > 0,
    blocked,
  });
  try {
    const stages = applyOrder(desired, customStageKinds);
    for (const [index, stage] of stages.entries()) {
      const unserved = stage.flat().find(({ type }) => type.isPlanned);
      if (unserved) return finish({ ...awaitsKind(unserved.ref), stage: index });
      const ofStage: (Applying & Pick<Desired, 'type'>)[] = [];
      for (const group of stage) {
        const apply = async (item: Desired) => {
          const result = await applyObject(item, work);
          ofStage.push({ ...result, type: item.type });
          if (result.action === 'waiting') return;
          noteNewNamespace(result, work);
          if (result.drift !== undefined) {
            const isCorrected = result.action !== 'drifted';
            drifts.push({ ref: item.ref, what: result.drift, isCorrected });
          }
          // What was deleted and stays so has no health to wait for.
          const isGone = result.action === 'drifted' && !result.state;
          const isSkipped = result.action === 'skipped' || isGone;
          done.push({ ...result, isSkipped, type: item.type, vanishes: item.vanishes });
        };
        await concurrently(group, concurrentApplies, apply);
      }
      const isLast = index === stages.length - 1;
      const obstacle = await obstacleOf(ofStage, isLast, work);
      if (obstacle !== undefined) return finish({ ...obstacle, stage: index });
    }
    isWhole = true;
    return finish();
  } finally {
    tellChanges(done, work);
    tellDrift(drifts, isWhole, work);
    // Other builds may wait for a kind that was just defined.
    const isDefined = realChanges(done).some(({ ref }) => isCustomResourceDefinition(ref));
    if (isDefined) work.target.client.discovery.invalidate();
  }
}

/** Whoever keeps roles in new namespaces is a moment behind what fills them. */
function noteNewNamespace({ action, ref }: Applying, { memory, run }: Work): void {
  if (action !== 'created' || ref.kind !== 'Namespace' || ref.group !== '') return;
  memory.madeNamespaces.set(ref.name, run.clock.now());
}

/** Its CRD is there, and the API server has yet to serve it. */
function awaitsKind(ref: ObjectRef): Omit<Obstacle, 'stage'> {
  const why = `kind '${ref.kind}' of '${apiVersionOf(ref)}' to be served`;
  return { why, kind: 'stage' };
}

/** What the next stage, or the end of the last, has to wait for. */
async function obstacleOf(
  stage: readonly (Applying & Pick<Desired, 'type'>)[],
  isLast: boolean,
  work: Work,
): Promise<Omit<Obstacle, 'stage'> | undefined> {
  for (const item of stage) {
    if (item.action === 'waiting') return { why: item.why, kind: item.waitsFor };
    if (isLast || item.action === 'skipped' || item.action === 'drifted') continue;
    const { state, type, ref } = item;
    const readiness = work.healthRules.of(type)
      ? (await checkObject({ ref, type, state, isApplied: true }, work)).health
      : state?.readiness;
    if (!readiness || readiness.status === 'Current') continue;
    const why = `${formatRef(ref)} status: '${readiness.status}': ${readiness.message}`;
    return { why, kind: 'stage' };
  }
  return undefined;
}

/** The change log, as one event and one log line. */
export function tellChanges(changes: readonly Change[], { run, deps }: Work): void {
  const real = realChanges(changes);
  if (real.length === 0) return;
  run.event({ severity: 'info', reason: 'Progressing', message: formatChanges(real) });
  const isGrouped = deps.gates.GroupChangeLog;
  run.log.info('applied', { changes: isGrouped ? groupChanges(real) : formatChanges(real) });
}
