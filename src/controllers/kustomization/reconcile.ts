import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable } from '../../base/errors.ts';
import type { ResourceType } from '../../kube/object.ts';
import { done, waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { resolveSource } from '../shared/source.ts';
import { actorFor } from './actor.ts';
import { applyBuild } from './apply/apply-build.ts';
import { continueAttempt, isRepeat } from './attempt.ts';
import { tellCanceled } from './health/tell-canceled.ts';
import { awaitDependencies } from './dependencies/await-dependencies.ts';
import { desiredObjects } from './build/desired.ts';
import { recordFailure, recordSuccess, type Tried } from './ending/ending.ts';
import { checkHealth } from './health/health-check.ts';
import { claimInventory, knownInventory, recordInventory } from './inventory-record.ts';
import { union, without, type ObjectRef } from '../../api/kustomize/inventory.ts';
import { prune, pruneFailure } from './prune/prune.ts';
import { refuseForeignDependencies, refuseUnsupported } from './refusals.ts';
import { renderBuild, revisionsOf, type Build } from './build/render.ts';
import { typeFinder, type FindType } from './apply/resource-types.ts';
import { openTarget } from './target.ts';
import { timeoutMs } from './timing.ts';
import { readExpressions } from './expressions.ts';
import { readVariables } from './build/variables.ts';
import type { KustomizationDeps, Preparation, ReconciledKustomization, Work } from './work.ts';

/** Longest wait for a CRD to be established. */
const stageMs = 60_000;
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
  refuseUnsupported(object);
  refuseForeignDependencies(prepared);
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
  await awaitDependencies(object, prepared, revision);

  run.record({ lastAttemptedRevision: revision });
  using target = await openTarget(prepared);
  const work: Work = { ...prepared, target, healthRules };
  const variables = await readVariables(work);
  const build = await renderBuild(source, variables, work);

  const { generation = 0 } = object.metadata;
  const of = { generation, revision, requestedAt: run.requestedAt };
  const before = work.memory.attempt;
  const attempt = continueAttempt(work.memory, of, object.status, run.clock.now());
  attempt.isRepeat = isRepeat(build, of, object.status);
  work.memory.attempt = attempt;
  if (before?.awaitsHealth && before !== attempt) tellCanceled(before, of, work);
  const tried: Tried = {
    digest: build.digest,
    revision,
    attempt,
    ...(originRevision === undefined ? {} : { originRevision }),
  };
  try {
    return await applyAndCheck(build, tried, object.status, work);
  } catch (error) {
    recordFailure(error, tried, object.status, work);
    throw error;
  }
}

/** What the steps of one run share before it is known where it applies. */
export function prepare(
  object: ReconciledKustomization,
  deps: KustomizationDeps,
  run: Run<KustomizationStatus>,
): Preparation {
  const { name, namespace = '', uid = '' } = object.metadata;
  const me = { name, namespace };
  const { spec } = object;
  const actor = actorFor(
    { key: me, serviceAccountName: spec.serviceAccountName },
    { own: deps.client, policy: deps.policy },
  );
  return { me, spec, actor, memory: deps.memories.of(me, uid), deps, run, secrets: new Set() };
}

async function applyAndCheck(
  build: Build,
  tried: Tried,
  status: KustomizationStatus | undefined,
  work: Work,
): Promise<Outcome> {
  const { me, spec, target, run } = work;
  const { attempt, revision } = tried;
  const findType = typeFinder(target.client.discovery, build.objects, run.signal);
  const known = knownInventory(status, work);
  const { user, cluster } = target;
  const by = { me, user, cluster };
  const desired = await desiredObjects(build.objects, { ...by, known, findType });
  const wanted = desired.map(({ ref }) => ref);
  await target.managed.use(me, await typesOf(union(wanted, known), findType), run.signal);
  await claimInventory(wanted, known, work, `Applying revision ${revision}`);

  const applied = await applyBuild(desired, work);
  attempt.changed ||= applied.changed;
  if (applied.blocked !== undefined) return awaitStage(applied.blocked, tried, work);
  const stale = without(known, wanted);
  const pruned = await prune(spec.prune ? stale : [], findType, work);
  attempt.changed ||= pruned.deleted.length > 0;
  recordInventory(union(wanted, pruned.failed), work);
  if (pruned.failed.length > 0) throw pruneFailure(pruned);

  const checked = { settled: applied.settled, findType };
  const health = await checkHealth(checked, attempt, revision, work);
  if (health.state === 'waiting') {
    return waitingFor({ reason: Reason.Progressing, ...health, progressing: true });
  }
  target.managed.await(me, false);
  recordSuccess(tried, status, work);
  return done({
    reason: Reason.ReconciliationSucceeded,
    message: `Applied revision: ${revision}`,
  });
}

/** Waits for an earlier stage without holding a worker. */
function awaitStage(blocked: string, { attempt, revision }: Tried, work: Work): Outcome {
  const { run, spec, target, me } = work;
  const limitMs = Math.min(stageMs, timeoutMs(spec));
  if (run.clock.now() - attempt.startedAtMs >= limitMs) {
    throw retryable(Reason.ReconciliationFailed, `timeout waiting for: ${blocked}`);
  }
  target.managed.await(me, true);
  return waitingFor({
    reason: Reason.Progressing,
    message: `Applying revision ${revision}: waiting for ${blocked}`,
    afterMs: stagePollMs,
    progressing: true,
  });
}

async function typesOf(refs: readonly ObjectRef[], findType: FindType): Promise<ResourceType[]> {
  const kinds = new Map(refs.map((ref) => [`${ref.group}/${ref.version}/${ref.kind}`, ref]));
  const types = await Promise.all([...kinds.values()].map(findType));
  return types.filter((type) => type !== undefined);
}
