import type { LabelSelector } from '../../../kube/label-selector.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { systemNamespaces } from '../../tenancy/tenant-namespaces.ts';
import { isOfKubernetes, selectedNamespaces } from '../selected-namespaces.ts';

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
 * Namespaces in which nothing is ever counted: those of Kubernetes itself and that of the control plane.
 * No quota may ever stop what the cluster lives on.
 */
export function sparedNamespaces(namespaces: readonly KubeObject[], home: string): Set<string> {
  const found = namespaces.filter(isOfKubernetes).map(({ metadata }) => metadata.name);
  return new Set([...systemNamespaces, home, ...found]);
}

/** Whether what is in a namespace, or in none, is counted. */
export function isCountedNamespace(
  namespaces: ReadonlySet<string>,
  spared: ReadonlySet<string>,
): (namespace: string | undefined) => boolean {
  return (namespace) => {
    if (namespace === undefined) return namespaces.has(everywhere);
    if (spared.has(namespace)) return false;
    return namespaces.has(everywhere) || namespaces.has(namespace);
  };
}
