import type { Attack } from '../../attack.ts';
import { listing } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const kinds = [
  ['v1', 'Node'],
  ['v1', 'Namespace'],
  ['v1', 'PersistentVolume'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['capsule.clastix.io/v1beta2', 'Tenant'],
] as const;

export const readCluster: Attack = {
  id: 'cluster/read',
  title: 'lists what is not its: namespaces, tenants, nodes, roles, webhooks',
  why: 'names of namespaces and tenants are names of neighbours, and the rest is a map for attackers',
  remedy:
    'grant no tenant list on resources of the cluster; let them look through a proxy that filters',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt: (world) =>
    tryAll(
      world,
      kinds.map(([apiVersion, kind]) => ({
        what: `${kind}s`,
        send: listing({ apiVersion, kind }),
      })),
    ),
};
