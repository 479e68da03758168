import type { Cordon, NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import { isAdministratorCel } from '../tenancy/identity-cel.ts';
import { celTexts } from '../policy/cel.ts';
import { validatingPolicy, type MatchCondition, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import { cordonedLabel } from '../tenancy/vocabulary.ts';

/** What the rule about cordoned namespaces looks at. */
export interface CordonFacts {
  username: string;
  groups: readonly string[];
  policies: Pick<NamespacePolicies, 'cordon'>;
  isAdministrator: boolean;
}

/** Never stopped: the cluster itself goes on working in a cordoned namespace. */
const cluster = ['system:serviceaccounts:kube-system', 'system:nodes', 'system:masters'];

/** As a match condition: the sender is none of them. */
export const notTheCluster: MatchCondition = {
  name: 'not-the-cluster',
  expression:
    `!request.userInfo.groups.exists(g, g in ${celTexts(cluster)}) && ` +
    `!request.userInfo.username.startsWith('system:kube-')`,
};

const list = 'params.policies.cordon';
const isStoppedCel =
  `(has(${list}) ? (request.userInfo.username in ${list}.users || ` +
  `request.userInfo.groups.exists(g, g in ${list}.groups)) && ` +
  `!request.userInfo.groups.exists(g, g in ${list}.exempt) : true)`;

/**
 * Users of Capsule change nothing in a cordoned namespace. Until the control plane has said who they
 * are, nobody does: the label alone is enough.
 */
export const cordonHolds: Rule<CordonFacts> = {
  name: 'namespace-cordoned',
  cel: `!${isStoppedCel} || variables.isAdministrator`,
  holds: ({ username, groups, policies: { cordon }, isAdministrator: administers }) =>
    administers || (cordon !== undefined && !isStopped(cordon, username, groups)),
  message: 'the namespace is cordoned: nothing in it may be changed until it is uncordoned',
  remedy:
    'set spec.cordoned of the Tenant to false, or take the label projectcapsule.dev/cordoned off the namespace',
};

function isStopped(
  { users, groups: stopped, exempt }: Cordon,
  username: string,
  groups: readonly string[],
): boolean {
  return (
    (users.includes(username) || groups.some((group) => stopped.includes(group))) &&
    !groups.some((group) => exempt.includes(group))
  );
}

/**
 * The first ring around cordoned namespaces. Subresources count: a Deployment is not scaled, a Pod
 * not evicted. Events, leases and questions about access are no changes.
 */
export function cordonPolicies(configuration: string): Policy[] {
  const operations = ['CREATE' as const, 'UPDATE' as const, 'DELETE' as const];
  const all = { apiVersions: ['*'], operations };
  return validatingPolicy<CordonFacts>({
    name: 'cordon.tenantry.dev',
    resources: [{ ...all, apiGroups: ['*'], resources: ['*/*'], scope: 'Namespaced' }],
    except: [
      { ...all, apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
      { ...all, apiGroups: ['authorization.k8s.io', 'coordination.k8s.io'], resources: ['*'] },
    ],
    matchConditions: [notTheCluster],
    variables: [{ name: 'isAdministrator', expression: isAdministratorCel(configuration) }],
    params: { ...namespaceParams, ifMissing: 'Allow' },
    namespaceSelector: {
      matchExpressions: [
        { key: cordonedLabel, operator: 'In', values: ['true'] },
        ...inTenants.matchExpressions,
      ],
    },
    rules: [cordonHolds],
  });
}
