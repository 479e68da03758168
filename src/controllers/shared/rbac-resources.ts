import type { ResourceType } from '../../kube/object.ts';

const group = 'rbac.authorization.k8s.io';

/** RBAC kinds that tenancy manages. */
export const clusterRoleType: ResourceType = {
  group,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
};
export const clusterRoleBindingType: ResourceType = {
  group,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
};
export const roleBindingType: ResourceType = {
  group,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
};
