import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import type { ManagedState } from '../../../runtime/managed/managed-state.ts';
import type { Marks } from './marks.ts';

export type LiveState = ManagedState<Marks>;

/**
 * What is known of an object in the cluster. The watch knows objects with owner labels only:
 * `absent` there may still be an object nobody manages, which `create` is made to notice.
 */
export type View =
  | { known: 'nothing' }
  | { known: 'absent' }
  /** `read`: from a read of this pass, as the tenant, rather than from the watch. */
  | { known: 'live'; live: LiveState; read: boolean };

/** How we last left an object; forgotten on restart, which costs a request and nothing else. */
export interface Applied {
  /** Of the desired object and of the identity that applied it. */
  hash: string;
  uid: string;
  entry: string | undefined;
  /** The same, of an object with ignored fields, without those. */
  essence?: string | undefined;
  /** What others wrote to nothing but ignored fields, when it was last looked at. */
  intrusion?: string | undefined;
  /** For which generation, revision and request it was last found right or made so. */
  state?: string | undefined;
}

/** What is wanted of one object. */
export interface Wanted {
  hash: string;
  marks: Marks;
  /** A Job that deletes itself when it is done (`ttlSecondsAfterFinished`). */
  vanishes: boolean;
  /** The inventory did not have it before this run: most likely it does not exist. */
  isNew: boolean;
  /** Fields left to others: what they are is to be known before a write (`spec.ignore`). */
  ignored?: readonly unknown[];
}

export type Decision =
  /** Read it as the tenant, then decide again. */
  | { do: 'look' }
  /** Apply it unless it exists. */
  | { do: 'create' }
  /** Apply over exactly this object; with a resourceVersion, over exactly this version of it. */
  | { do: 'update'; uid: string; resourceVersion?: string; takeOver: boolean }
  | { do: 'unchanged' }
  /** Somebody asked that it be left alone. */
  | { do: 'skip' }
  /** It is on its way out; apply once it is gone. */
  | { do: 'wait' }
  /** Another Kustomization of the namespace holds it, and may be about to let go. */
  | { do: 'await'; owner: Required<ObjectKey> }
  /** Another Kustomization holds it. */
  | { do: 'refuse'; owner: Required<ObjectKey> };

/** How far the Kustomization that the owner labels name keeps an object from us. */
export type Hold = 'none' | 'awaited' | 'held';

export interface Situation {
  wanted: Wanted;
  view: View;
  applied: Applied | undefined;
  me: Required<ObjectKey>;
  hold: Hold;
}

/** What to do about one object of the build. Pure; `unchanged` and `skip` cost no request. */
export function decide(situation: Situation): Decision {
  const { wanted, view, applied } = situation;
  if (wanted.marks.apply === 'never') return { do: 'skip' };
  // A create that finds the object after all is refused, which costs no more than to look first.
  if (view.known === 'nothing') return { do: wanted.isNew ? 'create' : 'look' };
  if (view.known === 'live') return decideLive(situation, view);
  // Making it again would run it again, each time it is done.
  const isDone = wanted.vanishes && applied?.hash === wanted.hash;
  return isDone ? { do: 'unchanged' } : { do: 'create' };
}

function decideLive(
  situation: Situation,
  { live, read }: { live: LiveState; read: boolean },
): Decision {
  const { wanted } = situation;
  const isMine = isOwnedBy(situation.me, live);
  if (!isMine && !read) return decideUnread(situation, live);
  const hindrance = hindranceOf(situation, live, isMine);
  if (hindrance) return hindrance;
  const isMerged = [wanted, live].some(({ marks }) => marks.apply === 'merge');
  const takeOver = live.outdated || (isIntruded(live, situation) && !isMerged);
  if (!isMine) return { do: 'update', ...versionOf(live), takeOver };
  if (!takeOver && isAsLeft(live, situation)) return { do: 'unchanged' };
  if (!read && (takeOver || hasIgnored(wanted))) return { do: 'look' };
  return { do: 'update', uid: live.uid, takeOver };
}

/**
 * What the watch shows of others' objects says nothing to a tenant that may not read them: where
 * they are another namespace's, it is asked for just what it would be if there were none.
 */
function decideUnread({ wanted, hold, me }: Situation, { owner }: LiveState): Decision {
  if (owner && owner.namespace !== me.namespace) return { do: 'create' };
  const isShared = wanted.marks.apply === 'ifNotPresent';
  return owner && hold === 'awaited' && !isShared ? { do: 'await', owner } : { do: 'look' };
}

function isIntruded({ intruded, intrusion }: LiveState, { applied, wanted }: Situation): boolean {
  const isOverlooked = intrusion !== undefined && intrusion === applied?.intrusion;
  return intruded && !(isOverlooked && applied?.hash === wanted.hash);
}

const hasIgnored = ({ ignored }: Wanted) => ignored !== undefined && ignored.length > 0;

/** Why an object that is there is not to be written, whatever is wanted of it. */
function hindranceOf(
  { wanted, hold }: Situation,
  live: LiveState,
  isMine: boolean,
): Decision | undefined {
  if (live.marks.apply === 'never' || wanted.marks.apply === 'ifNotPresent') return { do: 'skip' };
  if (live.owner && !isMine && hold !== 'none') {
    return { do: hold === 'awaited' ? 'await' : 'refuse', owner: live.owner };
  }
  return live.deleting ? { do: 'wait' } : undefined;
}

/** Nobody else may become its owner between the look and the write. */
function versionOf({ uid, resourceVersion }: LiveState) {
  return { uid, resourceVersion };
}

function isAsLeft(live: LiveState, { applied, wanted }: Situation): boolean {
  return (
    applied !== undefined &&
    applied.hash === wanted.hash &&
    applied.uid === live.uid &&
    applied.entry !== undefined &&
    applied.entry === live.entry
  );
}

/** True when the owner labels name this very Kustomization. */
export function isOwnedBy(me: Required<ObjectKey>, { owner }: LiveState): boolean {
  return owner !== undefined && formatKey(owner) === formatKey(me);
}
