import { globalTenantResourceAccount } from '../../access/replications/account.ts';
import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { GlobalTenantResource } from '../../api/capsule/global-tenant-resource.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { selects } from '../../kube/label-selector.ts';
import { defineController } from '../../runtime/controller.ts';
import { cleanUpReplication } from '../shared/replication/clean-up-replication.ts';
import { reconcileReplication, resyncMs } from '../shared/replication/reconcile-replication.ts';
import { identify, type Replication } from '../shared/replication/replication.ts';
import type { ReplicationDeps } from '../shared/replication/work.ts';

/** What all GlobalTenantResources of a process share. */
export interface GlobalTenantResourceDeps extends ReplicationDeps {
  tenants(): readonly Tenant[];
  configuration(): CapsuleConfiguration;
}

const timeoutMs = 5 * 60_000;

/** Keeps what an administrator wants in the namespaces of tenants there. */
export const globalTenantResourceController = defineController<GlobalTenantResourceDeps>()({
  kind: GlobalTenantResource,
  name: 'global-tenant-resource-controller',
  fieldManager: 'projectcapsule.dev/global-tenant-resource',
  finalizer: 'controller.projectcapsule.dev/finalize',
  watches: [GlobalTenantResource.type],
  isSuspended: () => false,
  intervalMs: (object) => resyncMs(object),
  timeoutMs: () => timeoutMs,
  reconcile: (object, deps, run) => {
    const replication = replicationOf(object, deps);
    run.record({ selectedTenants: replication.tenants.map(({ metadata }) => metadata.name) });
    return reconcileReplication(replication, deps, run);
  },
  cleanup: (object, deps, run) => cleanUpReplication(replicationOf(object, deps), deps, run),
});

function replicationOf(
  object: GlobalTenantResource,
  { tenants, configuration }: GlobalTenantResourceDeps,
): Replication {
  const { spec, status } = object;
  const selected = tenants().filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      selects(spec.tenantSelector ?? {}, metadata.labels ?? {}),
  );
  return {
    ...identify('GlobalTenantResource', object),
    type: GlobalTenantResource.type,
    spec,
    status: status ?? { size: 0 },
    scope: spec.scope,
    tenants: selected.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    account: globalTenantResourceAccount(spec.serviceAccount, configuration().spec.impersonation),
    confinedTo: undefined,
  };
}
