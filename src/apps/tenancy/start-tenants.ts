import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantController } from '../../controllers/tenant/controller.ts';
import { createQuotaMemory } from '../../controllers/tenant/quotas/quota-memory.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onWish } from './on-wish.ts';
import { onManagedChange, type TenancyContext } from './tenancy-context.ts';
import { wakeAll } from './wake-all.ts';

/** Starts reconciling Tenants: on their own changes, and on those of what they are made of. */
export function startTenants(context: TenancyContext): RunningController {
  const { runtime, client, managed, namespaces, configuration, cluster, workers } = context;
  const { caches } = runtime;
  const deps = {
    client,
    managed,
    namespaces,
    quotaMemory: createQuotaMemory(),
    configuration,
    classes: () => cluster.classes(),
    volumes: (tenant: string) => cluster.volumes(tenant),
    tenantOwners: () =>
      context
        .tenantOwners()
        .map(({ metadata, spec }) => ({ ...spec, labels: metadata.labels ?? {} })),
  };
  const limit = workers === undefined ? {} : { workers };
  const controller = startController(tenantController, deps, runtime, limit);
  const wake = (name: string) => controller.wake({ name });
  namespaces.onChange(wake);
  onManagedChange(context, wake);
  cluster.onVolumeChange(wake);
  cluster.onClassChange(() => wakeAll(caches, Tenant.type, controller));
  for (const type of [CapsuleConfiguration.type, TenantOwner.type]) {
    onWish(caches, type, () => wakeAll(caches, Tenant.type, controller));
  }
  return controller;
}
