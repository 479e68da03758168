import { namespaceType } from '../../kube/core-resources.ts';
import { sharedQuotaLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { defineHook } from '../hook.ts';
import { globalQuota } from './global-quota.ts';
import type { SharedQuotaContext } from './context.ts';
import { room } from './room.ts';

const updatable = (group: string, resources: string[]) => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations: ['UPDATE' as const],
  resources,
  scope: 'Namespaced' as const,
});

/** Counts requests against quotas that several namespaces share. */
export const sharedQuotas = defineHook({
  name: 'global-resource-quotas',
  type: 'validating',
  path: '/global-resource-quotas/calculations',
  purpose:
    'Counts what requests add to quotas that several namespaces share, and makes room for them in the namespace.',
  resources: [
    { ...updatable('*', ['*']), operations: ['CREATE'] },
    updatable('', ['services', 'persistentvolumeclaims', 'pods/resize']),
    updatable('resource.k8s.io', ['resourceclaims']),
  ],
  matchConditions: [
    {
      name: 'counts',
      expression: `!(request.resource.resource in ['events', 'leases', 'localsubjectaccessreviews'])`,
    },
  ],
  namespaceSelector: { matchLabels: { [sharedQuotaLabel]: 'true' } },
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the native quotas of the namespaces together never allow more than the shared limit; without the hook a namespace only waits longer for a larger share',
  },
  contextOf: (request, admission): SharedQuotaContext => ({
    admission,
    namespace: admission.caches
      .for<KubeObject>(namespaceType)
      .get({ name: request.namespace ?? '' }),
    quotas: admission.globalQuotas(),
  }),
  rules: [globalQuota, room],
});
