import { RuleStatus } from '../../../api/capsule/rule-status.ts';
import type { ResourceType } from '../../../kube/object.ts';
import { resourceQuotaType } from '../../../kube/core-resources.ts';
import { roleBindingType } from '../../shared/rbac-resources.ts';

const core = (kind: string, plural: string): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});

/**
 * Kinds that are managed in the namespaces of a tenant, in the order they are made: a namespace has
 * its rules and limits before anybody may work in it.
 */
export const childTypes: readonly ResourceType[] = [
  RuleStatus.type,
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    namespaced: true,
  },
  core('LimitRange', 'limitranges'),
  resourceQuotaType,
  roleBindingType,
];
