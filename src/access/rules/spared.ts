import { celTexts } from '../policy/cel.ts';

/** Requests of the cluster itself that no rule of a tenant may stop. */

const account = (name: string) => `system:serviceaccount:kube-system:${name}`;

/** They delete what belongs to nobody, and finalize what is being deleted. */
const housekeepers = ['generic-garbage-collector', 'namespace-controller'].map(account);

/** They write on behalf of whoever wrote a Deployment, a Job and so on: rules are about them too. */
const workloadControllers = [
  'cronjob-controller',
  'daemon-set-controller',
  'deployment-controller',
  'job-controller',
  'replicaset-controller',
  'replication-controller',
  'statefulset-controller',
].map(account);

const isIn = (group: string) => `'${group}' in request.userInfo.?groups.orValue([])`;

/** Whether the sender is neither a housekeeper nor a node, in CEL. */
export const notHousekeepingCel = `!(request.userInfo.username in ${celTexts(housekeepers)}) && !(${isIn('system:nodes')})`;

/** {@link notClusterCel}, of a sender. */
export function isOfCluster(username: string, groups: readonly string[]): boolean {
  if (groups.includes('system:nodes')) return true;
  const isSystem = groups.includes('system:serviceaccounts:kube-system');
  return isSystem && !workloadControllers.includes(username);
}

/**
 * Whether the sender is no part of the cluster but those that write for others, in CEL: a rule about
 * the metadata of everything would otherwise keep a namespace from its certificates and endpoints.
 */
export const notClusterCel =
  `!(${isIn('system:nodes')}) && (!(${isIn('system:serviceaccounts:kube-system')}) || ` +
  `request.userInfo.username in ${celTexts(workloadControllers)})`;
