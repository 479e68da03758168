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
  { caches, clock, tenants }: AdmissionContext,
): Promise<HostsContext> {
  const cache = caches.for<KubeObject>(ingressType);
  await cache.synced();
  const [name = ''] = tenants.tenantsOf(namespace);
  const tenant = tenants.get(name);
  return {
    hosts: hostIndexOf(cache, clock),
    // Whoever is marked for this hook has a scope; until it is known which, the widest.
    scope: tenant?.spec.ingressOptions?.hostnameCollisionScope ?? 'Cluster',
    isOfTenant: (other) => tenants.tenantsOf(other).includes(name),
  };
}
