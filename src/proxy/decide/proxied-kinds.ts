import type { DefaultAllowedClasses } from '../../api/capsule/allowed.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { ProxyKind, ProxyOperation, SeenTenant } from '../view/caller-view.ts';
import type { Visible } from './decision.ts';

/** Resources that the proxySettings of owners are about. */
export const proxiedResources: readonly {
  group: string;
  resource: string;
  kind: ProxyKind;
  /** Nothing of it can be written, whatever is granted. */
  isReadOnly?: true;
}[] = [
  { group: '', resource: 'nodes', kind: 'Nodes' },
  { group: 'metrics.k8s.io', resource: 'nodes', kind: 'Nodes', isReadOnly: true },
  { group: '', resource: 'persistentvolumes', kind: 'PersistentVolumes' },
  { group: 'storage.k8s.io', resource: 'storageclasses', kind: 'StorageClasses' },
  { group: 'networking.k8s.io', resource: 'ingressclasses', kind: 'IngressClasses' },
  { group: 'scheduling.k8s.io', resource: 'priorityclasses', kind: 'PriorityClasses' },
  { group: 'node.k8s.io', resource: 'runtimeclasses', kind: 'RuntimeClasses' },
];

/** The kind as the proxySettings of owners name it; undefined for what they are not about. */
export function proxyKindOf(group: string, resource: string): ProxyKind | undefined {
  return proxiedResources.find((each) => each.group === group && each.resource === resource)?.kind;
}

/** Operations that a verb takes: none is given by another, except that all take the right to see. */
export const operationsOf: Readonly<Record<string, readonly ProxyOperation[]>> = {
  get: ['List'],
  list: ['List'],
  watch: ['List'],
  update: ['List', 'Update'],
  patch: ['List', 'Update'],
  delete: ['List', 'Delete'],
};

/** What those tenants show of a kind that grant these operations; one that grants none shows nothing. */
export function shownByTenants(
  kind: ProxyKind,
  needed: readonly ProxyOperation[],
  tenants: readonly SeenTenant[],
): Visible[] {
  return tenants
    .filter(({ operations }) => needed.every((each) => operations[kind]?.includes(each)))
    .map((tenant) => shown[kind](tenant));
}

const classes = (allowed: DefaultAllowedClasses | undefined): Visible => {
  if (!allowed) return { everything: true };
  const {
    matchLabels = {},
    matchExpressions = [],
    allowedRegex = '',
    default: preset = '',
  } = allowed;
  const selects = Object.keys(matchLabels).length + matchExpressions.length > 0;
  return {
    names: [...(allowed.allowed ?? []), ...(preset === '' ? [] : [preset])],
    patterns: allowedRegex === '' ? [] : [allowedRegex],
    anyOf: selects ? [{ matchLabels, matchExpressions }] : [],
  };
};

/** Classes that pods and claims of a tenant may name, the nodes they are scheduled to, and its volumes. */
const shown: Readonly<Record<ProxyKind, (tenant: SeenTenant) => Visible>> = {
  Nodes: ({ spec: { nodeSelector = {} } }) =>
    Object.keys(nodeSelector).length > 0
      ? { anyOf: [{ matchLabels: nodeSelector }] }
      : { everything: true },
  StorageClasses: ({ spec }) => classes(spec.storageClasses),
  IngressClasses: ({ spec }) => classes(spec.ingressOptions?.allowedClasses),
  PriorityClasses: ({ spec }) => classes(spec.priorityClasses),
  RuntimeClasses: ({ spec }) => classes(spec.runtimeClasses),
  PersistentVolumes: ({ name }) => ({ anyOf: [{ matchLabels: { [tenantLabel]: name } }] }),
};
