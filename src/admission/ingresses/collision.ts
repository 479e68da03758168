import { checked, hostPathsOf, hostsAnnotation } from '../../access/ingresses/host-paths.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { change, deny } from '../verdict.ts';
import type { HostIndex, Server } from './host-index.ts';

/** What the rule about hosts looks at. */
export interface HostsContext {
  hosts: HostIndex;
  scope: NonNullable<TenantSpec['ingressOptions']>['hostnameCollisionScope'];
  /** Whether a namespace belongs to the same tenant. */
  isOfTenant(namespace: string): boolean;
}

/** No two Ingresses serve the same host and path within the tenant's scope. */
export const hostCollision: AdmissionRule<HostsContext> = {
  name: 'ingress-host-collision',
  check(request, { hosts, scope, isOfTenant }) {
    const { object, oldObject, namespace = '', dryRun } = request;
    if (!object) return undefined;
    const { name } = object.metadata;
    const isOther = (server: Server) =>
      // A name that the API server makes up is not known yet, and nobody's before.
      (!name || server.namespace !== namespace || server.name !== name) &&
      isWithin(scope, server, { namespace, isOfTenant });
    const before = hostPathsOf(oldObject);
    const fresh = hostPathsOf(object).filter((pair) => !before.includes(pair));
    const taken = fresh.find((pair) => hosts.serversOf(pair).some(isOther));
    if (taken !== undefined) {
      const [host = '', path = ''] = taken.split(';');
      const what = `host '${host}' with path '${path}'`;
      return deny('IngressHostnameCollision', `${what} is served by another Ingress already`);
    }
    if (!dryRun) hosts.reserve(fresh, { namespace, name });
    const annotations = { ...object.metadata.annotations, [hostsAnnotation]: checked };
    return change({ ...object, metadata: { ...object.metadata, annotations } });
  },
};

function isWithin(
  scope: HostsContext['scope'],
  server: Server,
  own: Pick<HostsContext, 'isOfTenant'> & { namespace: string },
): boolean {
  if (scope === 'Cluster') return true;
  if (scope === 'Tenant') return own.isOfTenant(server.namespace);
  return scope === 'Namespace' && server.namespace === own.namespace;
}
