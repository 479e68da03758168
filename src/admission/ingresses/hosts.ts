import { Tenant } from '../../api/capsule/tenant.ts';
import { celAnnotation } from '../../access/policy/cel.ts';
import { hostsAnnotation, unchecked } from '../../access/ingresses/host-paths.ts';
import { inTenants } from '../../access/tenancy/tenant-namespaces.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { AdmissionContext } from '../context.ts';
import { defineHook, type HookDeclaration } from '../hook.ts';
import type { AdmissionRequest } from '../request.ts';
import { hostCollision, type HostsContext } from './collision.ts';
import { hostIndexOf } from './host-index.ts';

/** Watched whole, for the hosts that are served. */
export const ingressType: ResourceType = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  namespaced: true,
};

/** What both hooks about hosts are asked about. */
export const ingressWrites: HookDeclaration['resources'] = [
  {
    apiGroups: [ingressType.group],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [ingressType.plural],
  },
];

/** Looks whether anybody else serves the hosts of an Ingress, where the tenant wants to know. */
export const ingressHosts = defineHook<HostsContext>({
  name: 'ingresses',
  type: 'mutating',
  path: '/ingresses/mutating',
  purpose:
    'Refuses Ingresses whose host and path another Ingress serves, within `hostnameCollisionScope`.',
  resources: ingressWrites,
  namespaceSelector: inTenants,
  matchConditions: [
    {
      name: 'is-unchecked',
      expression: `${celAnnotation('object', hostsAnnotation)} == '${unchecked}'`,
    },
  ],
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the first ring refuses an Ingress that is marked for this hook and was not looked at; only tenants with a scope have such',
  },
  contextOf,
  rules: [hostCollision],
});

async function contextOf(
  { namespace = '' }: AdmissionRequest,
  { caches, clock }: AdmissionContext,
): Promise<HostsContext> {
  const cache = caches.for<KubeObject>(ingressType);
  await cache.synced();
  const namespacesOf = (tenant: Tenant) => tenant.status?.namespaces ?? [];
  const tenant = caches
    .for<Tenant>(Tenant.type)
    .list()
    .find((each) => namespacesOf(each).includes(namespace));
  return {
    hosts: hostIndexOf(cache, clock),
    // Whoever is marked for this hook has a scope; until it is known which, the widest.
    scope: tenant?.spec.ingressOptions?.hostnameCollisionScope ?? 'Cluster',
    namespaces: tenant ? namespacesOf(tenant) : [],
  };
}
