import type { ResourceType } from '../src/kube/object.ts';

const core = (kind: string, plural: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
});

/** Kinds that the measures of tenancy write and watch. */
export const tenancyTypes = {
  namespace: core('Namespace', 'namespaces', false),
  serviceAccount: core('ServiceAccount', 'serviceaccounts'),
  configMap: core('ConfigMap', 'configmaps'),
  pod: core('Pod', 'pods'),
  service: core('Service', 'services'),
  limitRange: core('LimitRange', 'limitranges'),
  roleBinding: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'RoleBinding',
    plural: 'rolebindings',
    namespaced: true,
  },
} as const satisfies Record<string, ResourceType>;
