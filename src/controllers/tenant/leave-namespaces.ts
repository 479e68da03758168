import { removeChildren } from './reconcile-children.ts';
import type { Work } from './work.ts';

/** Removes what is managed for the tenant in namespaces that an administrator took out of it. */
export async function leaveNamespaces(work: Work): Promise<void> {
  const own = new Set(work.namespaces.map(({ metadata }) => metadata.name));
  for (const namespace of work.deps.managedIn.namespacesOf(work.identity.name)) {
    // What is managed beside us is not about that namespace.
    if (!own.has(namespace) && namespace !== work.deps.home) await removeChildren(namespace, work);
  }
}
