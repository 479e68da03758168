import { refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { notFound, type Readiness } from '../../../kube/readiness.ts';
import { isNewer } from '../../../runtime/managed/managed-state.ts';
import { readLook, watchedLook } from '../apply/look.ts';
import { isOwnedBy, type LiveState } from '../apply/plan.ts';
import type { Work } from '../work.ts';
import type { ObjectHealth } from './health.ts';
import { isUnobserved, readinessBy, type HealthRule } from './health-rules.ts';

/** How far one object is, and whether only asking again tells when it moves on. */
export interface Check {
  health: ObjectHealth;
  isPolled: boolean;
}

/** An object whose health is asked for. */
export interface Checked {
  ref: ObjectRef;
  type: ResourceType;
  /** It was applied in this run: what the watch does not know of it is not there. */
  isApplied: boolean;
  /** As it was written or found in this run, where nothing watches it. */
  state?: LiveState | undefined;
  /** A Job that deletes itself: gone is done. */
  vanishes?: boolean;
}

/**
 * How far an object is: by the expressions of the spec that are about its kind, or by convention.
 * What the Kustomization applied is seen by its watch; anything else is for the tenant to read, and
 * so is the object that expressions look at.
 */
export async function checkObject(checked: Checked, work: Work): Promise<Check> {
  const rule = work.healthRules.of(checked.type);
  const { readiness, isPolled } = await (rule
    ? byExpressions(rule, checked, work)
    : byConvention(checked, work));
  const isDone = checked.vanishes === true && readiness.status === 'NotFound';
  const health = { ref: checked.ref, ...readiness };
  return { health: isDone ? { ...health, status: 'Current' } : health, isPolled };
}

interface Found {
  readiness: Readiness;
  isPolled: boolean;
}

async function byConvention(checked: Checked, work: Work): Promise<Found> {
  const { ref, type, state } = checked;
  const watched = seenOf(checked, work);
  if (watched) return { readiness: watched.live?.readiness ?? notFound, isPolled: false };
  if (state) return { readiness: state.readiness, isPolled: true };
  const { view } = await readLook(type, ref, work);
  return { readiness: view.known === 'live' ? view.live.readiness : notFound, isPolled: true };
}

/** Reads the object only when the watch says that it is another than was judged before. */
async function byExpressions(rule: HealthRule, checked: Checked, work: Work): Promise<Found> {
  const { ref, type } = checked;
  const watched = seenOf(checked, work);
  const isPolled = !watched;
  if (watched && !watched.live) return { readiness: notFound, isPolled };
  const known = work.memory.verdicts.get(refId(ref));
  if (known?.key === rule.key && watched?.live && isJudged(watched.live, known)) {
    return { readiness: known.readiness, isPolled };
  }
  const { full } = await readLook(type, ref, work);
  if (!full) return { readiness: notFound, isPolled };
  if (known?.key === rule.key && isSame(full, known)) {
    return { readiness: known.readiness, isPolled };
  }
  return { readiness: await judge(rule, { ref, full }, work), isPolled };
}

/** What the watch says of an object of ours; undefined when it says nothing, or it is another's. */
function seenOf(
  { ref, type, isApplied }: Checked,
  work: Work,
): { live: LiveState | undefined } | undefined {
  const { view } = watchedLook(type, ref, work);
  if (view.known === 'nothing') return undefined;
  const live = view.known === 'live' ? view.live : undefined;
  return isApplied || (live && isOwnedBy(work.me, live)) ? { live } : undefined;
}

type Version = { uid: string; resourceVersion: string };

function isJudged(live: LiveState, known: Version): boolean {
  return live.uid === known.uid && !isNewer(live.resourceVersion, known.resourceVersion);
}

function isSame({ metadata }: KubeObject, known: Version): boolean {
  return metadata.uid === known.uid && metadata.resourceVersion === known.resourceVersion;
}

async function judge(
  rule: HealthRule,
  { ref, full }: { ref: ObjectRef; full: KubeObject },
  { deps, me, memory, run }: Work,
): Promise<Readiness> {
  if (isUnobserved(full)) {
    const message = 'the generation is not observed yet';
    return { status: 'InProgress', message };
  }
  const sources = rule.expressions.map(({ source }) => ({ source }));
  const options = { tenant: me.namespace, signal: run.signal };
  const verdicts = await deps.cel.evaluate(sources, full, options);
  const readiness = readinessBy(rule, verdicts);
  const { uid = '', resourceVersion = '' } = full.metadata;
  const wasStopped = verdicts.some(
    (verdict) => 'fault' in verdict && verdict.fault.code === 'stopped',
  );
  // What was stopped may come further on another try.
  if (!wasStopped) {
    memory.verdicts.set(refId(ref), { uid, resourceVersion, key: rule.key, readiness });
  }
  return readiness;
}
