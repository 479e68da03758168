import { remoteTarget } from './remote/remote-target.ts';
import type { Preparation } from './work.ts';
import type { Target } from './target.ts';

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
