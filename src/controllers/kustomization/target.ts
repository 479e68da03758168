import type { ManagedObjects } from '../../runtime/managed/managed-objects.ts';
import type { Actor } from './actor.ts';
import type { Marks } from './apply/marks.ts';
import { remoteTarget } from './remote/remote-target.ts';
import type { Preparation } from './work.ts';

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

/** Where the Kustomization applies; to be disposed of at the end of the run. */
export async function openTarget(prepared: Preparation): Promise<Target> {
  if (!prepared.spec.kubeConfig) return ownTarget(prepared);
  // What it applied here before is not watched for it any more.
  prepared.deps.managed.release(prepared.me);
  return await remoteTarget(prepared);
}

/** The cluster the Kustomization itself is in, as the tenant. */
function ownTarget({ actor, deps }: Preparation): Target {
  const { managed } = deps;
  return { ...actor, managed, cluster: undefined, name: 'this cluster', [Symbol.dispose]() {} };
}
