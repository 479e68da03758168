import { formatRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';

/** What became of one object in this run. */
export type ChangeAction =
  'created' | 'configured' | 'deleted' | 'unchanged' | 'skipped' | 'drifted';

export interface Change {
  ref: ObjectRef;
  action: ChangeAction;
}

/** The changes that a reader of the change log wants to see. */
export function realChanges(changes: readonly Change[]): Change[] {
  return changes.filter(({ action }) => !['unchanged', 'skipped', 'drifted'].includes(action));
}

/** `Deployment/apps/web configured`, one line each: the form of Flux's change log. */
export function formatChanges(changes: readonly Change[]): string {
  return changes.map(({ ref, action }) => `${formatRef(ref)} ${action}`).join('\n');
}

/** The objects by what became of them: few distinct keys, however many objects (GroupChangeLog). */
export function groupChanges(changes: readonly Change[]): Partial<Record<ChangeAction, string[]>> {
  const groups: Partial<Record<ChangeAction, string[]>> = {};
  for (const { ref, action } of changes) (groups[action] ??= []).push(formatRef(ref));
  return groups;
}
