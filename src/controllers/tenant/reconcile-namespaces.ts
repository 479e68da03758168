import { messageOf } from '../../base/errors.ts';
import { concurrently } from '../../base/concurrently.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { tellAssigned } from './tell-events.ts';
import { claimNamespace } from './claim-namespace.ts';
import type { ManagedMetadata } from '../../access/namespaces/managed-metadata.ts';
import { reconcileChildren, type NamespacePlan } from './reconcile-children.ts';
import type { Work } from './work.ts';

/** Namespaces of one tenant that are worked on at the same time. */
const maxAtOnce = 8;

/** What became of one namespace. */
export interface Reached {
  namespace: KubeObject;
  /** What is managed on it now; absent if that is not known. */
  managed?: ManagedMetadata;
  /** Why it is not what the tenant says. */
  failure?: string;
  /** Of one that is being deleted: what is still in it, as far as that is known. */
  remaining?: string;
}

/** Makes each namespace of the tenant what the tenant says: itself first, then what is in it. */
export function reconcileNamespaces(plan: NamespacePlan, work: Work): Promise<Reached[]> {
  return concurrently(work.namespaces, maxAtOnce, (namespace) => reach(namespace, plan, work));
}

async function reach(namespace: KubeObject, plan: NamespacePlan, work: Work): Promise<Reached> {
  // Nothing can be made in it any more, and what is in it goes by itself.
  if (namespace.metadata.deletionTimestamp !== undefined) return { namespace };
  try {
    const managed = await claimNamespace(namespace, work);
    await reconcileChildren(namespace, plan, work);
    tellAssigned(namespace, work);
    return { namespace, managed };
  } catch (error) {
    if (work.run.signal.aborted) throw error;
    // Deleted meanwhile, or made anew: the watch brings what is there then.
    return isNotFound(error) ? { namespace } : { namespace, failure: messageOf(error) };
  }
}
