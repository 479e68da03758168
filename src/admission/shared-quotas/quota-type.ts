import type { ResourceType } from '../../kube/object.ts';

/** Native quotas, whose numbers say what is left. */
export const resourceQuotas: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};
