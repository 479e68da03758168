import type { KubeObject } from '../../kube/object.ts';

/** What a part of the program needs, and why: the why travels with the role. */
export interface Grant {
  why: string;
  apiGroups: readonly string[];
  resources: readonly string[];
  /** All if absent. */
  resourceNames?: readonly string[];
  verbs: readonly string[];
}

/** What every process needs in its own namespace of which several may run. */
export const leaseGrant: Grant = {
  why: 'leader election.',
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  verbs: ['get', 'create', 'update'],
};

/** Where the reason for each rule is written, for `kubectl describe clusterrole`. */
const descriptionAnnotation = 'kubernetes.io/description';

const rbacVersion = 'rbac.authorization.k8s.io/v1';

interface RoleMetadata {
  name: string;
  namespace?: string;
  labels: Record<string, string>;
}

/** A ClusterRole, or a Role when it has a namespace, that lists the reason for each of its rules. */
export function roleOf(metadata: RoleMetadata, grants: readonly Grant[]): KubeObject {
  const reasons = grants.map(({ resources, why }) => `${resources.join(', ')}: ${why}\n`);
  return {
    apiVersion: rbacVersion,
    kind: metadata.namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { ...metadata, annotations: { [descriptionAnnotation]: reasons.join('') } },
    rules: grants.map(({ apiGroups, resources, resourceNames, verbs }) => ({
      apiGroups: [...apiGroups],
      resources: [...resources],
      ...(resourceNames && { resourceNames: [...resourceNames] }),
      verbs: [...verbs],
    })),
  };
}

/** A ClusterRole that the API server fills from all that carry `label: "true"`. */
export function aggregatedRole(metadata: RoleMetadata, label: string): KubeObject {
  return {
    apiVersion: rbacVersion,
    kind: 'ClusterRole',
    metadata,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
  };
}

/** Binds a role to a ServiceAccount or a group: cluster-wide, or in `metadata.namespace` when there is one. */
export function bindingOf(
  metadata: RoleMetadata,
  role: { kind: 'Role' | 'ClusterRole'; name: string },
  to: { name: string; namespace: string } | { group: string },
): KubeObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  const subject =
    'group' in to ? { kind: 'Group', apiGroup, name: to.group } : { kind: 'ServiceAccount', ...to };
  return {
    apiVersion: rbacVersion,
    kind: metadata.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata,
    roleRef: { apiGroup, ...role },
    subjects: [subject],
  };
}
