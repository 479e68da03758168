import type { Left } from './memory.ts';
import type { ReplicaState, ReplicaView } from './replicated-objects.ts';

/** What is known of an object; `read` in this run, rather than from the watch. */
export type Seen = Exclude<ReplicaView, { known: 'live' }> | { known: 'live'; live: ReplicaState };

/** All that a decision about one item rests on. */
export interface Situation {
  /** Of what is to be written; the field manager it is written by. */
  wanted: { hash: string; manager: string };
  seen: Seen;
  left: Left | undefined;
  /** What the status says of it: whether it was made, and which object that was. */
  recorded: { isMade: boolean; uid: string | undefined } | undefined;
  /** The replication, as objects are marked with it. */
  mark: string;
  adopt: boolean;
  nowMs: number;
  /** How long what no watch tells of counts as unchanged. */
  trustMs: number;
}

export type Decision =
  /** Apply it unless there is such an object. */
  | { do: 'create' }
  /** Leave it, or apply over exactly this object. `isMade`: it did not exist before. */
  | { do: 'unchanged' | 'update'; uid: string; isMade: boolean }
  | { do: 'refuse'; why: 'exists' | 'deleting' };

/** What to do about one item. Pure; `unchanged` costs no request. */
export function decide(situation: Situation): Decision {
  const { seen } = situation;
  if (seen.known === 'live') return decideLive(situation, seen.live);
  return seen.known === 'absent' ? { do: 'create' } : decideUnwatched(situation);
}

/** Nothing tells of it: what was left is trusted for a while. */
function decideUnwatched({ left, recorded, wanted, nowMs, trustMs }: Situation): Decision {
  const uid = left?.uid ?? recorded?.uid;
  if (uid === undefined) return { do: 'create' };
  const isMade = recorded?.isMade ?? false;
  const isTrusted = left?.hash === wanted.hash && nowMs - left.atMs < trustMs;
  return { do: isTrusted ? 'unchanged' : 'update', uid, isMade };
}

function decideLive(situation: Situation, live: ReplicaState): Decision {
  const { wanted, mark, adopt } = situation;
  if (live.deleting) return { do: 'refuse', why: 'deleting' };
  const isMade = wasMade(situation, live);
  const isHeld = live.marks.entries[wanted.manager] !== undefined;
  if (!isMade && !isHeld && !adopt) return { do: 'refuse', why: 'exists' };
  const isMarked = !isMade || live.marks.madeBy === mark;
  const isRight = isMarked && isAsLeft(situation, live);
  return { do: isRight ? 'unchanged' : 'update', uid: live.uid, isMade };
}

/**
 * Whether the replication made this very object: by its mark, or by the status. Of what Capsule made,
 * statuses know no uid, and older objects have nothing but a label.
 */
function wasMade({ recorded, mark }: Situation, { uid, marks }: ReplicaState): boolean {
  if (marks.madeBy !== undefined) return marks.madeBy === mark;
  if (recorded?.uid !== undefined) return recorded.isMade && recorded.uid === uid;
  return marks.capsule === 'legacy' || (recorded?.isMade === true && marks.capsule === 'labelled');
}

/** Nobody has touched our part of it since we wrote just this. */
function isAsLeft({ left, wanted }: Situation, live: ReplicaState): boolean {
  const entry = live.marks.entries[wanted.manager];
  if (!left || entry === undefined) return false;
  return left.hash === wanted.hash && left.uid === live.uid && left.entry === entry;
}
