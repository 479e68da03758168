import { pruneApprovalAnnotation } from '../../api/annotations.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable, type ReconcileError } from '../../base/errors.ts';
import { done, waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { resolveSource } from '../shared/source.ts';
import { actorFor } from './actor.ts';
import { applyBuild } from './apply/apply-build.ts';
import { patienceMs, type Obstacle } from './apply/obstacle.ts';
import { continueAttempt, isRepeat, wasApplied } from './attempt.ts';
import { tellCanceled } from './health/tell-canceled.ts';
import { unmetDependencies } from './dependencies/unmet-dependencies.ts';
import { readIgnoreRules } from './drift/ignore-rules.ts';
import { desiredObjects } from './build/desired.ts';
import { recordFailure, recordSuccess, type Tried } from './ending/ending.ts';
import { checkHealth } from './health/health-check.ts';
import { claimInventory, knownInventory, recordInventory } from './inventory-record.ts';
import { without, type ObjectRef } from '../../api/kustomize/inventory.ts';
import { isAskedToHandOver } from './handover/asked.ts';
import { leavingOf, markStale, pruneStale, remaining } from './prune/prune-stale.ts';
import { pruneFailure } from './prune/prune.ts';
import { tellStale } from './prune/tell-stale.ts';
import {
  refuseForeignDependencies,
  refuseManyHealthChecks,
  refuseUnsupported,
} from './refusals.ts';
import type { Build } from './build/build-request.ts';
import { renderBuild, revisionsOf } from './build/render.ts';
import {
  heldTypeFinder,
  typeFinder,
  type FindType,
  type FoundType,
} from './apply/resource-types.ts';
import { openTarget } from './open-target.ts';
import { intervalMs, timeoutMs } from './timing.ts';
import { readExpressions } from './expressions.ts';
import { readVariables } from './build/variables.ts';
import type { KustomizationDeps, Preparation, ReconciledKustomization, Work } from './work.ts';

const stagePollMs = 1_000;

/**
 * One look at a Kustomization: from its source to healthy, or to whatever it has to wait for. Cheap
 * when nothing changed, and re-entrant: what is waited for wakes it, and it goes on from there.
 */
export async function reconcile(
  object: ReconciledKustomization,
  deps: KustomizationDeps,
  run: Run<KustomizationStatus>,
): Promise<Outcome> {
  const prepared = prepare(object, deps, run);
  const { me, spec } = prepared;
  using _way = deps.makeWay(me.namespace);
  refuseUnsupported(object);
  refuseManyHealthChecks(prepared);
  refuseForeignDependencies(prepared);
  const ignoreRules = readIgnoreRules(spec.ignore);
  const healthRules = await readExpressions(prepared);
  const referrer = { namespace: me.namespace };
  const source = await resolveSource({
    referrer,
    ref: spec.sourceRef,
    access: deps.sources,
    run,
    waitMs: deps.dependencyMs,
  });
  const { revision, originRevision } = revisionsOf(source.artifact);
  const unmet = await unmetDependencies(object, prepared, revision);
  if (unmet && !isAskedToHandOver(object.status, prepared)) throw unmet;

  run.record({ lastAttemptedRevision: revision });
  using target = await openTarget(prepared);
  const work: Work = { ...prepared, target, healthRules, ignoreRules };
  const variables = await readVariables(work);
  const build = await renderBuild(source, variables, work);

  const of = { generation: work.generation, revision, requestedAt: run.requestedAt };
  const before = work.memory.attempt;
  const attempt = continueAttempt(work.memory, of, object.status, run.clock.now());
  attempt.isRepeat = isRepeat(build, of, object.status);
  attempt.wasApplied = wasApplied(build, object.status);
  work.memory.attempt = attempt;
  if (before?.awaitsHealth && before !== attempt) tellCanceled(before, of, work);
  const tried: Tried = {
    digest: build.digest,
    revision,
    attempt,
    ...(originRevision === undefined ? {} : { originRevision }),
  };
  try {
    return await applyAndCheck({ build, tried, unmet }, object.status, work);
  } catch (error) {
    // With the uids of what was applied all the same.
    if (work.memory.built) recordInventory(work.memory.inventory, work);
    // Nothing was tried; the time for it begins with the dependency's being ready.
    if (error === unmet) work.memory.attempt = undefined;
    else recordFailure(error, tried, object.status, work);
    throw error;
  }
}

/** What the steps of one run share before it is known where it applies. */
export function prepare(
  object: ReconciledKustomization,
  deps: KustomizationDeps,
  run: Run<KustomizationStatus>,
): Preparation {
  const { name, namespace = '', uid = '', generation = 0, annotations } = object.metadata;
  const me = { name, namespace };
  const { spec } = object;
  const actor = actorFor(
    { key: me, serviceAccountName: spec.serviceAccountName },
    { own: deps.client, policy: deps.policy },
  );
  const memory = deps.memories.of(me, uid);
  const approval = annotations?.[pruneApprovalAnnotation];
  return {
    me,
    spec,
    actor,
    memory,
    deps,
    run,
    generation,
    approval,
    secrets: new Set(),
    secretVersions: new Set(),
  };
}

interface Step {
  build: Build;
  tried: Tried;
  /** A dependency that is not ready: nothing is applied, only handed over. */
  unmet: ReconcileError | undefined;
}

async function applyAndCheck(
  { build, tried, unmet }: Step,
  status: KustomizationStatus | undefined,
  work: Work,
): Promise<Outcome> {
  const { me, spec, target, run, generation } = work;
  const { attempt, revision } = tried;
  const findType = typeFinder(target.client.discovery, build.objects, run.signal);
  const known = knownInventory(status, work);
  const { user, cluster } = target;
  const by = { me, user, cluster, ignoreRules: work.ignoreRules };
  const desired = await desiredObjects(build.objects, { ...by, known, findType });
  const wanted = desired.map(({ ref }) => ref);
  const findHeld = heldTypeFinder(target.client.discovery, run.signal);
  const held = without(known, wanted);
  const types = [await servedTypes(wanted, findType), await servedTypes(held, findHeld)];
  await target.managed.use(me, types.flat(), run.signal);
  const built = { revision, generation };
  const leaving = leavingOf(known, wanted, spec);
  const stale = await markStale(leaving, built, findHeld, work);
  await claimInventory({ wanted, known, built }, stale, work);
  if (unmet) throw unmet;

  const applied = await applyBuild(desired, work);
  attempt.changed ||= applied.changed;
  if (applied.blocked !== undefined) return await awaitStage(applied.blocked, tried, work);
  attempt.blocked = undefined;
  const pruned = await pruneStale({ ...leaving, stale }, findHeld, work);
  attempt.changed ||= pruned.deleted.length > 0;
  recordInventory(remaining(work, pruned), work);
  const note = tellStale(pruned, built, status, work);
  if (pruned.failed.length > 0) throw pruneFailure(pruned);

  const checked = { settled: applied.settled, findType };
  const health = await checkHealth(checked, attempt, revision, work);
  if (health.state === 'waiting') {
    return waitingFor({ reason: Reason.Progressing, ...health, progressing: true });
  }
  target.managed.await(me, false);
  recordSuccess(tried, status, work);
  const { afterMs } = pruned;
  return done({
    reason: Reason.ReconciliationSucceeded,
    message: `Applied revision: ${revision}${note}`,
    ...(afterMs === undefined ? {} : { requeueMs: Math.min(afterMs, intervalMs(spec)) }),
  });
}

/** Waits for an earlier stage, or for a hand-over, without holding a worker. */
async function awaitStage(
  blocked: Obstacle,
  { attempt, revision }: Tried,
  work: Work,
): Promise<Outcome> {
  const { run, spec, target, deps, me } = work;
  const time = { timeoutMs: timeoutMs(spec), nowMs: run.clock.now() };
  const remainingMs = patienceMs(blocked, attempt, time);
  if (remainingMs <= 0) {
    throw retryable(Reason.ReconciliationFailed, `timeout waiting for: ${blocked.why}`);
  }
  target.managed.await(me, true);
  const message = `Applying revision ${revision}: waiting for ${blocked.why}`;
  // Whoever hands over goes by our status, and wakes us by its own.
  const isHandover = blocked.kind === 'handover';
  if (isHandover) await run.progress(message);
  const pollMs = isHandover ? deps.dependencyMs : stagePollMs;
  const afterMs = Math.min(pollMs, remainingMs);
  return waitingFor({ reason: Reason.Progressing, message, afterMs, progressing: true });
}

/** The kinds that are served: what only the build speaks of is watched for nobody. */
async function servedTypes(refs: readonly ObjectRef[], findType: FindType): Promise<FoundType[]> {
  const kinds = new Map(refs.map((ref) => [`${ref.group}/${ref.version}/${ref.kind}`, ref]));
  const types = await Promise.all([...kinds.values()].map(findType));
  return types.filter((type) => type !== undefined).filter(({ isPlanned }) => !isPlanned);
}
