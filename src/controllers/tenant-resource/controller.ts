import { tenantResourceAccount } from '../../access/replications/account.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { TenantResource } from '../../api/capsule/tenant-resource.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { Reason } from '../../api/reasons.ts';
import { denied } from '../../base/errors.ts';
import { defineController } from '../../runtime/controller.ts';
import { cleanUpReplication } from '../shared/replication/clean-up-replication.ts';
import { namespacesOfTenant } from '../shared/replication/gather.ts';
import { reconcileReplication, resyncMs } from '../shared/replication/reconcile-replication.ts';
import { identify, type Replication } from '../shared/replication/replication.ts';
import type { ReplicationDeps } from '../shared/replication/work.ts';

/** What all TenantResources of a process share. */
export interface TenantResourceDeps extends ReplicationDeps {
  tenant(name: string): Tenant | undefined;
  configuration(): CapsuleConfiguration;
}

const timeoutMs = 5 * 60_000;

/** Keeps what a tenant wants in its namespaces there, with no more rights than the tenant has. */
export const tenantResourceController = defineController<TenantResourceDeps>()({
  kind: TenantResource,
  name: 'tenant-resource-controller',
  fieldManager: 'projectcapsule.dev/tenant-resource',
  finalizer: 'controller.projectcapsule.dev/finalize',
  watches: [TenantResource.type],
  isSuspended: () => false,
  intervalMs: (object) => resyncMs(object),
  timeoutMs: () => timeoutMs,
  reconcile: (object, deps, run) => {
    const replication = replicationOf(object, deps);
    if (replication.tenants.length === 0)
      throw denied(Reason.AccessDenied, 'its namespace belongs to no tenant');
    return reconcileReplication(replication, deps, run);
  },
  cleanup: (object, deps, run) => cleanUpReplication(replicationOf(object, deps), deps, run),
});

function replicationOf(object: TenantResource, deps: TenantResourceDeps): Replication {
  const { spec, status, metadata } = object;
  const { namespace = '' } = metadata;
  const tenant = tenantOf(namespace, deps);
  const namespaces = tenant
    ? namespacesOfTenant(tenant, deps.namespaces.of(tenant.metadata.name))
    : new Set<string>();
  return {
    ...identify('TenantResource', object),
    type: TenantResource.type,
    spec,
    status: status ?? { size: 0 },
    scope: 'Namespace',
    tenants: tenant ? [tenant] : [],
    account: tenantResourceAccount(
      { namespace, named: spec.serviceAccount?.name },
      deps.configuration().spec.impersonation,
    ),
    confinedTo: { namespace, namespaces },
  };
}

/** By its reference, which only the control plane sets; a label alone makes nothing a tenant's. */
function tenantOf(name: string, deps: TenantResourceDeps): Tenant | undefined {
  const { labels = {}, ownerReferences = [] } = deps.namespace(name)?.metadata ?? {};
  const tenant = deps.tenant(labels[tenantLabel] ?? '');
  const isOwned = ownerReferences.some(({ uid }) => uid === tenant?.metadata.uid);
  return tenant && isOwned ? tenant : undefined;
}
