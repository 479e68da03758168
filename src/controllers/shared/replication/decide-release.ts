import type { ReplicaState } from './replicated-objects.ts';

/** What to do about an object that is no longer asked for. */
export type Release =
  | { do: 'delete'; uid: string }
  /** Give up its fields; those that nobody else holds go. */
  | { do: 'release'; uid: string }
  /** Leave everything in it, and be nobody's. */
  | { do: 'disown' | 'nothing' };

export interface ReleaseSituation {
  /** What is there now; undefined when nothing is. */
  live: ReplicaState | undefined;
  recorded: { isMade: boolean; uid: string | undefined };
  mark: string;
  manager: string;
  /** `pruningOnDelete`. */
  prune: boolean;
  /** Another item of the replication is about the same object. */
  isShared: boolean;
}

/** Deletes exactly what the replication made: what proves it, UID or mark, must be of this object. */
export function decideRelease(situation: ReleaseSituation): Release {
  const { live, mark, manager, prune, isShared } = situation;
  if (!live || live.deleting) return { do: 'nothing' };
  const isHeld = live.marks.entries[manager] !== undefined;
  const isMarked = live.marks.madeBy === mark;
  if (!prune) return { do: isHeld || isMarked ? 'disown' : 'nothing' };
  if (!isShared && isProven(situation, live)) return { do: 'delete', uid: live.uid };
  return isHeld ? { do: 'release', uid: live.uid } : { do: 'nothing' };
}

function isProven({ recorded, mark }: ReleaseSituation, live: ReplicaState): boolean {
  const isMarked = live.marks.madeBy === mark;
  if (recorded.uid === undefined) return isMarked;
  return recorded.uid === live.uid && (isMarked || recorded.isMade);
}
