import { selects, type LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Namespaces of Kubernetes itself: no quota may ever stop what the cluster lives on. */
const ofKubernetes = /^kube-/;

/**
 * The namespaces that any of the selectors selects, sorted; none without a selector. Those that are
 * being deleted, and those of Kubernetes itself, are never among them.
 */
export function selectedNamespaces(
  selectors: readonly LabelSelector[],
  namespaces: readonly KubeObject[],
): string[] {
  return namespaces
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter((namespace) => isSelected(selectors, namespace))
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Whether a namespace, being deleted or not, is selected. */
export function isSelected(selectors: readonly LabelSelector[], { metadata }: KubeObject): boolean {
  if (ofKubernetes.test(metadata.name)) return false;
  return selectors.some((selector) => selects(selector, metadata.labels));
}
