import { selects, type LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';
import { systemNamespaces } from '../tenancy/tenant-namespaces.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';

/**
 * Namespaces of Kubernetes itself: no quota may ever stop what the cluster lives on. Also what is added to
 * it, such as its network, goes by such names; but whoever owns a tenant may give them as well.
 */
export function isOfKubernetes({ metadata: { name, labels } }: KubeObject): boolean {
  if (systemNamespaces.some((each) => each === name)) return true;
  return name.startsWith('kube-') && (labels?.[tenantLabel] ?? '') === '';
}

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
export function isSelected(selectors: readonly LabelSelector[], namespace: KubeObject): boolean {
  if (isOfKubernetes(namespace)) return false;
  return selectors.some((selector) => selects(selector, namespace.metadata.labels));
}
