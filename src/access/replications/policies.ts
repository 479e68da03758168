import { createdByLabel, managedByReplications } from '../../api/capsule/labels.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import { replicatedRules, replicatedVariables, type ReplicatedFacts } from './rules.ts';

/** Parts of the cluster itself, which complete what they are responsible for and clean up. */
const notTheCluster = {
  name: 'not-the-cluster',
  expression:
    `!request.userInfo.username.startsWith('system:serviceaccount:kube-system:') && ` +
    `!request.userInfo.username.startsWith('system:node:') && ` +
    `!(request.userInfo.username in ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'])`,
};

const changed = (field: string) => `object.metadata.?${field} != oldObject.metadata.?${field}`;
/**
 * Whoever works for an object tells of it by its status. By that of many kinds, its mark could be taken off; by
 * that of a quota, it would hold another limit.
 */
const notMereStatus = {
  name: 'not-mere-status',
  expression:
    `!has(request.subResource) || request.subResource == '' || request.operation != 'UPDATE' || ` +
    `request.resource.resource == 'resourcequotas' || ${changed('labels')} || ${changed('annotations')}`,
};

/**
 * The first ring around replicated objects. Only objects with the label are looked at, before or
 * after the change.
 */
export function replicationPolicies(): Policy[] {
  return validatingPolicy<ReplicatedFacts>({
    name: 'replications.tenantry.dev',
    resources: [
      {
        apiGroups: ['*'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        resources: ['*', '*/status'],
      },
    ],
    objectSelector: { matchLabels: { [createdByLabel]: managedByReplications } },
    matchConditions: [notTheCluster, notMereStatus],
    variables: replicatedVariables,
    rules: replicatedRules,
  });
}
