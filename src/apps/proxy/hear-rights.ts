import {
  clusterRoleBindingType,
  clusterRoleType,
  roleBindingType,
} from '../../controllers/shared/rbac-resources.ts';
import type { ResourceType } from '../../kube/object.ts';
import { followChanges, type FollowOptions } from '../../proxy/view/follow-changes.ts';

const roleType: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
};
const apiServiceType: ResourceType = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
};

const customResourceDefinitionType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

type Hearing = Omit<FollowOptions, 'type' | 'onChange' | 'onGap'>;

/** Calls back when roles or bindings change: of a namespace, or such as count in all. */
export function hearRights(
  options: Hearing,
  onChange: (namespace: string | undefined) => void,
): void {
  const types = [roleType, roleBindingType, clusterRoleType, clusterRoleBindingType];
  for (const type of types) {
    void followChanges({ ...options, type, onChange, onGap: () => onChange(undefined) });
  }
}

/** Calls back when kinds, or who serves them, come or go. */
export function hearKinds(options: Hearing, onChange: () => void): void {
  const types = [apiServiceType, customResourceDefinitionType];
  for (const type of types) void followChanges({ ...options, type, onChange, onGap: onChange });
}
