import { serviceAccountUser } from '../../access/service-account-user.ts';
import { checkLabel } from './made-by-check.ts';
import { deployerName } from './world.ts';

/** Of the attacker's tenant: where its images come from; nothing there is ever pulled. */
export const ownRegistry = 'registry.invalid';

/** The external addresses that it may use: documentation's own (RFC 5737). */
export const ownAddresses = '192.0.2.0/24';

/** How many CPUs it may ask for. */
export const ownCpu = '2';

/**
 * What a tenant of the check may do: a little of everything, so that there is a limit to be passed
 * everywhere. Names of classes and hosts are `run`, which nothing else is called by.
 */
export function specOfTenant(run: string, namespace: string, owner: string) {
  const classes = { allowed: [run] };
  return {
    owners: [
      { kind: 'User', name: owner },
      // As the guide to Namespaces as a service has it: what deploys owns the tenant.
      { kind: 'ServiceAccount', name: serviceAccountUser(namespace, deployerName) },
    ],
    additionalRoleBindings: [
      {
        clusterRoleName: 'cluster-admin',
        subjects: [{ kind: 'ServiceAccount', name: deployerName, namespace }],
      },
    ],
    namespaceOptions: {
      quota: 2,
      additionalMetadata: {
        labels: { [checkLabel]: run, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    containerRegistries: { allowed: [ownRegistry] },
    imagePullPolicies: ['Always'],
    ingressOptions: {
      allowedClasses: classes,
      allowedHostnames: { allowed: [`${run}.invalid`] },
      allowWildcardHostnames: false,
    },
    storageClasses: classes,
    priorityClasses: classes,
    runtimeClasses: classes,
    serviceOptions: {
      allowedServices: { nodePort: false, externalName: false, loadBalancer: false },
      externalIPs: { allowed: [ownAddresses] },
    },
    resourceQuotas: { scope: 'Tenant', items: [{ hard: { 'requests.cpu': ownCpu } }] },
    networkPolicies: { items: [{ podSelector: {}, policyTypes: ['Ingress'] }] },
  };
}
