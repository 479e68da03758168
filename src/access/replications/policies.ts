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

/**
 * The first ring around replicated objects. Only objects with the label are looked at, before or
 * after the change; subresources are nobody's to replicate.
 */
export function replicationPolicies(): Policy[] {
  return validatingPolicy<ReplicatedFacts>({
    name: 'replications.tenantry.dev',
    resources: [
      {
        apiGroups: ['*'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        resources: ['*'],
      },
    ],
    objectSelector: { matchLabels: { [createdByLabel]: managedByReplications } },
    matchConditions: [notTheCluster],
    variables: replicatedVariables,
    rules: replicatedRules,
  });
}
