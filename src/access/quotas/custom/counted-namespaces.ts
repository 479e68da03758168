import type { LabelSelector } from '../../../kube/label-selector.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { selectedNamespaces } from '../selected-namespaces.ts';

/** All namespaces, and what is in none. */
const everywhere = '*';

/** The namespaces whose objects a GlobalCustomQuota counts, sorted; without selectors `*`. */
export function countedNamespaces(
  selectors: readonly LabelSelector[] | undefined,
  namespaces: readonly KubeObject[],
  home: string,
): string[] {
  if (!selectors || selectors.length === 0) return [everywhere];
  return selectedNamespaces(selectors, namespaces).filter((name) => name !== home);
}

/**
 * Whether what is in a namespace, or in none, is counted. Never in those of Kubernetes itself and of the
 * control plane: no quota may ever stop what the cluster lives on.
 */
export function isCountedNamespace(
  namespaces: ReadonlySet<string>,
  home: string,
): (namespace: string | undefined) => boolean {
  return (namespace) => {
    if (namespace === undefined) return namespaces.has(everywhere);
    if (namespace === home || namespace.startsWith('kube-')) return false;
    return namespaces.has(everywhere) || namespaces.has(namespace);
  };
}
