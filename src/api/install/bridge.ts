import type { KubeObject } from '../../kube/object.ts';
import { capsuleGroup } from '../capsule/group.ts';
import { clusterName, installLabels, managerName, type InstallOptions } from './options.ts';
import { bindingOf, leaseGrant, roleOf, type Grant } from './role.ts';

/** Deployment and ServiceAccount of the bridge between tenants and what deploys them. */
export const bridgeName = `${managerName}-bridge`;

const read = ['get', 'list', 'watch'];
const write = [...read, 'create', 'patch', 'delete'];

/**
 * What the bridge needs. Whoever binds cluster-admin in a namespace and makes tokens for any account
 * could become anybody: so it is an account of its own, that renders nothing, serves nothing and reads
 * no more of tenants than their names, and it need not be installed.
 */
export const bridgeGrants: readonly Grant[] = [
  {
    why: 'who owns which tenant.',
    apiGroups: [capsuleGroup],
    resources: ['tenants', 'tenantowners'],
    verbs: read,
  },
  {
    why: 'which accounts are to deploy tenants, and whose their namespaces are.',
    apiGroups: [''],
    resources: ['serviceaccounts', 'namespaces'],
    verbs: read,
  },
  {
    why: 'short-lived tokens of those accounts.',
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
  },
  {
    why: 'their kubeconfigs; those of its own are watched by a label.',
    apiGroups: [''],
    resources: ['secrets'],
    verbs: write,
  },
  {
    why: 'their roles at home, and the right to act as themselves through a proxy.',
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterrolebindings', 'rolebindings'],
    verbs: write,
  },
  {
    why: 'the same: a role that lets an account act as itself, and cluster-admin in its namespace.',
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    verbs: [...write, 'bind', 'escalate'],
  },
  {
    why: 'have their kubeconfigs in the namespaces of their tenants.',
    apiGroups: [capsuleGroup],
    resources: ['globaltenantresources'],
    verbs: write,
  },
  {
    why: 'tell what could not be done, and why.',
    apiGroups: ['', 'events.k8s.io'],
    resources: ['events'],
    verbs: ['create', 'patch'],
  },
];

/** Where an installation makes homes part of tenants, which administrators of tenancy may. */
const homeReferenceGrants: readonly Grant[] = [
  {
    why: 'make the namespace of an account part of its tenant (--home-owner-reference).',
    apiGroups: [''],
    resources: ['namespaces'],
    verbs: ['patch'],
  },
  {
    why: 'the same: rules of tenants let administrators alone do so.',
    apiGroups: [capsuleGroup],
    resources: ['capsuleconfigurations'],
    verbs: ['administer'],
  },
];

const asksForHomes = ({ managerArgs }: InstallOptions) =>
  managerArgs.some((flag) => /^--home-owner-reference(=true)?$/.test(flag));

/** The ServiceAccount of the bridge and all of its rights. */
export function bridgeRbac(options: InstallOptions): KubeObject[] {
  const { namespace } = options;
  const labels = installLabels(options);
  const account = { name: bridgeName, namespace };
  const home = { name: bridgeName, namespace, labels };
  const role = { name: clusterName(bridgeName, options), labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: home },
    roleOf(role, [...bridgeGrants, ...(asksForHomes(options) ? homeReferenceGrants : [])]),
    bindingOf(role, { kind: 'ClusterRole', name: role.name }, account),
    roleOf(home, [leaseGrant]),
    bindingOf(home, { kind: 'Role', name: bridgeName }, account),
  ];
}
