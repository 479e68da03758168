import { formatKey, type ObjectKey } from '../../kube/object.ts';
import type { ReadinessStatus } from '../../kube/readiness.ts';
import type { ManagedChange } from './kind-table.ts';
import type { ManagedState } from './managed-state.ts';

/** Why an owner is woken: something undid what it wrote, or what it waits for moved on. */
export type WakeCause = 'drift' | 'progress';

/** What an owner waits for of an object: `progress` is what its readiness tells. */
export type Awaited = 'nothing' | 'progress' | 'any change';

export interface Wake {
  owner: Required<ObjectKey>;
  cause: WakeCause;
}

/**
 * Whom a change concerns. A deletion and a change of what an owner wrote concern it always; how
 * far an object is, only an owner that waits for it. Status, foreign labels and the like concern
 * nobody: they leave our managedFields entry alone.
 */
export function wakesOf<Marks>(
  { before, after, own }: ManagedChange<Marks>,
  waitsFor: (owner: Required<ObjectKey>) => Awaited,
): Wake[] {
  const owners = [before?.owner, after?.owner].filter((owner) => owner !== undefined);
  const distinct = new Map(owners.map((owner) => [formatKey(owner), owner]));
  const drifted = !own && before !== undefined && isDrift(before, after);
  return [...distinct.values()].flatMap((owner): Wake[] => {
    if (drifted) return [{ owner, cause: 'drift' }];
    const awaited = waitsFor(owner);
    const isAwaited =
      awaited === 'any change' || (awaited === 'progress' && isProgress(before, after));
    return isAwaited ? [{ owner, cause: 'progress' }] : [];
  });
}

function isDrift<Marks>(before: ManagedState<Marks>, after: ManagedState<Marks> | undefined) {
  if (!after) return true;
  return (
    before.uid !== after.uid ||
    before.entry !== after.entry ||
    (after.intruded && (!before.intruded || before.intrusion !== after.intrusion)) ||
    formatOwner(before) !== formatOwner(after)
  );
}

/** What is there, or on its way, is told of by that alone: a rollout says where it is many times over. */
const untroubled: ReadonlySet<ReadinessStatus> = new Set(['Current', 'InProgress']);

function isProgress<Marks>(
  before: ManagedState<Marks> | undefined,
  after: ManagedState<Marks> | undefined,
): boolean {
  if (!before || !after) return true;
  const [old, now] = [before.readiness, after.readiness];
  if (before.deleting !== after.deleting || old.status !== now.status) return true;
  return !untroubled.has(now.status) && old.message !== now.message;
}

function formatOwner<Marks>({ owner }: ManagedState<Marks>): string | undefined {
  return owner && formatKey(owner);
}
