import { pruneApprovalAnnotation } from '../../../api/annotations.ts';
import { ConditionType, Reason } from '../../../api/reasons.ts';
import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { formatRef, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { formatKey } from '../../../kube/object.ts';
import { claimantOf, claimsOf, nameOf, type Claims } from '../handover/siblings.ts';
import type { BuiltFrom } from '../memory.ts';
import type { Work } from '../work.ts';
import type { KeptFor } from './decide-prune.ts';
import { approvalOf, count } from './guard.ts';
import type { Kept } from './prune.ts';
import type { PrunedStale } from './prune-stale.ts';

/** Names told at once; the inventory has them all. */
const maxNames = 10;

const reasons: Record<KeptFor, string> = {
  'not owned': 'its owner labels do not name this Kustomization',
  disabled: 'it is marked not to be pruned',
  'made anew': 'it is not the object this Kustomization applied, but another of its name',
};

/**
 * Says in condition Pruned what left Git and is still there, and why; and by events what was handed
 * over or left for good. Returns what to add to Ready's message.
 */
export function tellStale(
  pruned: PrunedStale,
  built: BuiltFrom,
  status: KustomizationStatus | undefined,
  work: Work,
): string {
  tellKept(pruned.kept, work);
  const told = whatStays(pruned, built, work);
  const before = status?.conditions?.find(({ type }) => type === ConditionType.Pruned);
  if (!told) {
    // What was kept for good is told until there is another revision to tell of.
    const isOld = before?.reason !== Reason.ObjectsKept;
    const isOther = status?.lastAppliedRevision !== built.revision;
    if (isOld || isOther) work.run.clear(ConditionType.Pruned);
    return '';
  }
  const { reason, message } = told;
  work.run.condition(ConditionType.Pruned, 'False', reason, message);
  if (reason !== Reason.ApprovalRequired) return '';
  if (before?.message !== message) work.run.event({ severity: 'error', reason, message });
  return `; ${count(guardedOf(pruned).length)} to delete: waiting for a go, see condition Pruned`;
}

/** What left Git and is still there, and why: what needs somebody's doing first. */
function whatStays(pruned: PrunedStale, built: BuiltFrom, work: Work) {
  const { guarded, awaited } = pruned;
  const lost = pruned.kept.filter(({ handedTo }) => !handedTo);
  const texts: [Reason, string | undefined][] = [
    [Reason.ApprovalRequired, guarded && guardedText(pruned, guarded, built, work)],
    [Reason.HandoverPending, awaitedText(awaited, built)],
    [Reason.ObjectsKept, lost.slice(0, maxNames).map(keptText).join('; ')],
  ];
  const said = texts.filter(([, text]) => text);
  const [first] = said;
  return first && { reason: first[0], message: said.map(([, text]) => text).join('\n') };
}

/** Of a Kustomization that is deleted: what others of the namespace have in Git is left for them. */
export function tellLeft(
  left: readonly ObjectRef[],
  claims: readonly Claims[],
  { run }: Work,
): void {
  if (left.length === 0) return;
  const lines = left.map((ref) => {
    const sibling = claimantOf(ref, claims);
    return `${formatRef(ref)} left for ${sibling ? nameOf(sibling) : 'another'} to take over`;
  });
  run.event({ severity: 'info', reason: Reason.ObjectsKept, message: lines.join('\n') });
}

/** What was handed over, and what was left for good and why, as one event. */
export function tellKept(kept: readonly Kept[], { run }: Work): void {
  if (kept.length === 0) return;
  const message = kept.map(keptText).join('\n');
  run.event({ severity: 'info', reason: Reason.ObjectsKept, message });
}

function keptText({ item, why, handedTo }: Kept): string {
  if (handedTo) return `${formatRef(item)} handed over to Kustomization '${formatKey(handedTo)}'`;
  return `${formatRef(item)} kept: ${reasons[why]}`;
}

function guardedOf({ left, awaited }: PrunedStale): ObjectRef[] {
  const others = new Set(awaited.map(({ item }) => refId(item)));
  return left.filter((item) => !others.has(refId(item)));
}

function guardedText(pruned: PrunedStale, why: string, built: BuiltFrom, { me }: Work): string {
  const refs = guardedOf(pruned);
  const command =
    `kubectl -n ${me.namespace} annotate kustomization ${me.name} --overwrite ` +
    `${pruneApprovalAnnotation}='${approvalOf(built)}'`;
  return (
    `${count(refs.length)} to delete, but ${why}: ${namesOf(refs)}. ` +
    `Put back into Git what is to stay, or delete them with: ${command}`
  );
}

function awaitedText(awaited: PrunedStale['awaited'], { revision }: BuiltFrom): string {
  const bySibling = Map.groupBy(awaited, ({ sibling }) => nameOf(sibling));
  const texts = [...bySibling].map(([name, waits]) => {
    const claimed = waits.filter(({ item, sibling }) => claimsOf(sibling).has(refId(item)));
    const others = waits.filter((wait) => !claimed.includes(wait));
    const names = (some: typeof waits) => namesOf(some.map(({ item }) => item));
    return [
      claimed.length > 0 ? `left for ${name} to take over: ${names(claimed)}` : undefined,
      others.length > 0
        ? `not deleted before ${name} has built revision ${revision}, which may take over: ${names(others)}`
        : undefined,
    ];
  });
  return texts
    .flat()
    .filter((text) => text !== undefined)
    .join('; ');
}

function namesOf(refs: readonly ObjectRef[]): string {
  const names = refs.slice(0, maxNames).map(formatRef).join(', ');
  return refs.length > maxNames ? `${names} and ${refs.length - maxNames} more` : names;
}
