import type { PruneGuard } from '../../../api/kustomize/parts.ts';
import { formatRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { isCustomResourceDefinition } from '../apply/stages.ts';
import type { BuiltFrom } from '../memory.ts';

/** What a change would delete. */
export interface Deletions {
  refs: readonly ObjectRef[];
  /** How many objects there were before the change. */
  of: number;
  /** The build is empty: nothing would be left. */
  isAll: boolean;
}

/** Why deletions wait for an explicit go, in words that end a sentence; undefined: they do not. */
export function whyGuarded(guard: PruneGuard, deletions: Deletions): string | undefined {
  const { refs, of, isAll } = deletions;
  if (refs.length === 0) return undefined;
  const container = guard.namespaces ? refs.find(holdsOthers) : undefined;
  if (container) return `${formatRef(container)} would take along all that is in it`;
  const { maxShare } = guard;
  if (maxShare === undefined || (refs.length < guard.atLeast && !isAll)) return undefined;
  const isMore = refs.length * 100 > Number(maxShare.slice(0, -1)) * of;
  return isMore ? `that is more than ${maxShare} of ${count(of)}` : undefined;
}

/** Kinds whose deletion deletes what other people made. */
function holdsOthers(ref: ObjectRef): boolean {
  return (ref.group === '' && ref.kind === 'Namespace') || isCustomResourceDefinition(ref);
}

export function count(objects: number): string {
  return objects === 1 ? '1 object' : `${objects} objects`;
}

/**
 * The value of the annotation that lets a build's deletions go: it names the revision and the
 * generation of the spec, so that a go for one is no go for the next.
 */
export function approvalOf({ revision, generation }: BuiltFrom): string {
  return `${revision}#${generation}`;
}
