import type { ObjectKey } from '../../kube/object.ts';
import type { Readiness } from '../../kube/readiness.ts';

/**
 * All that is kept of an object somebody applied: enough to tell whether it is still as it was
 * left, who owns it and how far it is, in a few hundred bytes whatever the object's size.
 */
export interface ManagedState<Marks> {
  uid: string;
  resourceVersion: string;
  /** Deletion has begun; finalizers keep it. */
  deleting: boolean;
  readiness: Readiness;
  /**
   * Hash of our own managedFields entry, its time included; undefined without one. It changes when
   * another writer takes a field from us, removes one, or writes under our name.
   */
  entry: string | undefined;
  /** A field manager wrote to it whose fields we take over (kubectl and the like). */
  intruded: boolean;
  /** Hash of what such managers wrote, to know more of it from what was looked at; undefined of none. */
  intrusion?: string | undefined;
  /** An entry of managedFields names another version of its kind; looked for on demand. */
  outdated: boolean;
  /** Whom its owner labels name. */
  owner: Required<ObjectKey> | undefined;
  marks: Marks;
}

/**
 * What a watch knows of one object. It sees objects with owner labels only: `absent` may still be
 * an object that nobody manages. `nothing`: the kind is not watched.
 */
export type ManagedView<Marks> =
  { known: 'nothing' } | { known: 'absent' } | { known: 'live'; live: ManagedState<Marks> };

/** Orders resourceVersions, decimal numbers of any length; true when `one` is the later. */
export function isNewer(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
