import type { ProcessedItem } from '../../../api/capsule/replication.ts';
import { ConditionType, Reason } from '../../../api/reasons.ts';
import { retryable, stalled } from '../../../base/errors.ts';
import { concurrently } from '../../../base/concurrently.ts';
import { parseDuration } from '../../../base/duration.ts';
import type { CommonStatus } from '../../../runtime/controller.ts';
import { done, waitingFor, type Outcome } from '../../../runtime/outcome.ts';
import type { Run } from '../../../runtime/run.ts';
import { actorFor } from './actor.ts';
import { applyItem } from './apply-item.ts';
import { managerPrefix } from './field-manager.ts';
import { gather, type Wanted } from './gather.ts';
import { grantReplication } from './grant.ts';
import { processedId, type Item } from './item.ts';
import { appliedItem, failedItem, refusedItem, sortItems } from './processed-items.ts';
import { releaseItem } from './release-item.ts';
import type { Replication, ReplicationStatus } from './replication.ts';
import type { ReplicationDeps, Work } from './work.ts';

/** Objects that one replication may make: its status lists them all, and is one object. */
const maxItems = 4_000;
const concurrentWrites = 4;
const firstRetryMs = 1_000;

/** One look at a replication: what is asked for is applied, what no longer is, is let go. */
export async function reconcileReplication(
  replication: Replication,
  deps: ReplicationDeps,
  run: Run<ReplicationStatus>,
): Promise<Outcome> {
  tellCordoned(replication, run);
  if (replication.spec.cordoned)
    return done({ reason: Reason.Succeeded, message: 'is cordoned', requeueMs: null });
  const unready = unreadyDependency(replication, deps, run);
  if (unready !== undefined) {
    const afterMs = resyncMs(replication);
    return waitingFor({ reason: Reason.DependencyNotReady, message: unready, afterMs });
  }
  const actor = await actorFor(replication, deps, run.signal);
  run.record({ serviceAccount: actor.account });
  const work: Work = { replication, actor, memory: deps.memories.of(replication.uid), deps, run };
  const wanted = await gather(work);
  if (wanted.items.length > maxItems)
    throw stalled(
      Reason.InvalidSpec,
      `it would make ${wanted.items.length} objects: ${maxItems} are allowed`,
    );
  await watch(wanted.items, work);
  if (wanted.items.length > 0) await grantReplication(work);
  return conclude(await converge(wanted, work), work);
}

/** How often what no watch tells of is looked at. */
export function resyncMs({ spec }: Pick<Replication, 'spec'>): number {
  const ms = parseDuration(spec.resyncPeriod);
  if (ms === undefined)
    throw stalled(Reason.InvalidSpec, 'spec.resyncPeriod must be a duration such as 60s or 5m');
  return ms;
}

function tellCordoned({ spec }: Replication, run: Run<ReplicationStatus>): void {
  if (spec.cordoned) run.condition(ConditionType.Cordoned, 'True', Reason.Cordoned, 'is cordoned');
  else run.condition(ConditionType.Cordoned, 'False', Reason.Active, 'not cordoned');
}

/** Why the first dependency that is not ready is not; it wakes this one when that changes. */
function unreadyDependency(
  { spec, id, type }: Replication,
  { caches }: ReplicationDeps,
  run: Run<ReplicationStatus>,
): string | undefined {
  for (const { name } of spec.dependsOn ?? []) {
    const key = { name, ...(id.namespace !== undefined && { namespace: id.namespace }) };
    run.track(type, key);
    const found = caches.for(type).get(key);
    if (!found) return `dependency ${name} not found`;
    const { conditions = [], observedGeneration } = (found['status'] ?? {}) as CommonStatus;
    const ready = conditions.find((condition) => condition.type === ConditionType.Ready);
    const isCurrent = observedGeneration === found.metadata.generation;
    if (ready?.status !== 'True' || !isCurrent) return `dependency ${name} not ready`;
  }
  return undefined;
}

async function watch(items: readonly Item[], { replication, deps }: Work): Promise<void> {
  const types = new Map(
    items.map(({ type }) => [`${type.group}/${type.version}/${type.kind}`, type]),
  );
  await deps.objects.use(managerPrefix(replication.mark), [...types.values()]);
}

/** What is said of the items, and the first thing that went wrong. */
interface Converged {
  items: ProcessedItem[];
  failures: string[];
}

async function converge({ items, refused }: Wanted, work: Work): Promise<Converged> {
  const before = new Map(
    (work.replication.status.processedItems ?? []).map((item) => [processedId(item), item]),
  );
  const now: ProcessedItem[] = [];
  const failures = refused.map(({ why }) => why);
  const trustMs = resyncMs(work.replication) * 0.9;
  await concurrently(items, concurrentWrites, async (item) => {
    const known = before.get(item.id);
    const recorded = known && { isMade: known.status?.created ?? false, uid: known.status?.uid };
    const applied = await applyItem(item, recorded, trustMs, work);
    if (applied.result === 'gone') return;
    if (applied.result === 'wrong') {
      failures.push(`apply failed for item ${item.origin}: ${applied.why}`);
      now.push(failedItem(item, known, applied.why));
    } else now.push(appliedItem(item, known, applied, run(work)));
  });
  for (const item of refused.flatMap((each) => refusedItem(each))) {
    // What is known of it from before stays: it may have to be deleted.
    const known = before.get(processedId(item))?.status;
    now.push({ ...item, status: { ...known, ...item.status, type: 'Ready', status: 'False' } });
  }
  const asked = new Set(now.map(processedId));
  for (const id of work.memory.left.keys()) if (!asked.has(id)) work.memory.left.delete(id);
  const left = [...before.values()].filter((item) => !asked.has(processedId(item)));
  // What could not be worked out may be what would have been asked for again.
  const isWhole = refused.length === 0;
  const kept = isWhole
    ? await letGo(left, items, work)
    : left.filter((item) => isThere(item, work));
  now.push(...kept);
  failures.push(...kept.flatMap(({ status }) => (isWhole && status?.message) || []));
  return { items: sortItems(now), failures };
}

const run = ({ run: { clock } }: Work) => clock.now();

/** Lets go of items; answers with those that could not be. */
export async function letGo(
  left: readonly ProcessedItem[],
  wanted: readonly Item[],
  work: Work,
): Promise<ProcessedItem[]> {
  const kept: ProcessedItem[] = [];
  const objects = new Set(wanted.map(objectIdOf));
  await concurrently(
    left.filter((item) => isThere(item, work)),
    concurrentWrites,
    async (item) => {
      const why = await releaseItem(item, objects.has(processedObjectId(item)), work);
      if (why === undefined) return;
      const message = `pruning failed for item: ${why}`;
      kept.push({ ...item, status: { ...item.status, type: 'Ready', status: 'False', message } });
    },
  );
  return kept;
}

const objectIdOf = ({ type, object: { metadata } }: Item) =>
  JSON.stringify([type.group, type.kind, metadata.namespace ?? '', metadata.name]);

const processedObjectId = ({ group = '', kind, namespace = '', name }: ProcessedItem) =>
  JSON.stringify([group, kind, namespace, name]);

/** Was written, and not swept away with its namespace. */
function isThere({ namespace, status }: ProcessedItem, { deps }: Work): boolean {
  if (status?.lastApply === undefined) return false;
  if (namespace === undefined) return true;
  const found = deps.namespace(namespace);
  return found !== undefined && found.metadata.deletionTimestamp === undefined;
}

function conclude({ items, failures }: Converged, work: Work): Outcome {
  const { memory, run: current, replication } = work;
  current.record({ processedItems: items, size: items.length });
  const [first] = failures;
  if (first === undefined) {
    memory.failures = 0;
    return done({ reason: Reason.Succeeded, message: 'reconciled' });
  }
  const afterMs = Math.min(firstRetryMs * 2 ** memory.failures++, resyncMs(replication));
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  throw retryable(Reason.Failed, `${first}${more}`, { afterMs });
}
