import type { ManagedObjects } from '../../runtime/managed/managed-objects.ts';
import type { Actor } from './actor.ts';
import type { Marks } from './apply/marks.ts';

/**
 * The cluster that a Kustomization applies to, as whom, and what is known of its objects there.
 * What is read and written there is read and written by this client and no other.
 */
export interface Target extends Actor, Disposable {
  managed: ManagedObjects<Marks>;
  /** Which cluster: what is known of another says nothing here. Undefined: the Kustomization's own. */
  cluster: string | undefined;
  /** How messages call the cluster. */
  name: string;
}
