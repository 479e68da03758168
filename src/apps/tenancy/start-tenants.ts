import { isDeepStrictEqual } from 'node:util';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantController } from '../../controllers/tenant/controller.ts';
import { limitAnnotations } from '../../access/quotas/custom-resources.ts';
import { createQuotaMemory } from '../../controllers/tenant/quotas/quota-memory.ts';
import { childTypes } from '../../controllers/tenant/children/types.ts';
import { indexManaged } from '../../controllers/tenant/managed-index.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { concernsTenants, tenantsConcerned } from './concerned.ts';
import { onWish } from './on-wish.ts';
import { onManagedChange, type TenancyContext } from './tenancy-context.ts';
import { wakeAll } from './wake-all.ts';

/** Starts reconciling Tenants: on their own changes, and on those of what they are made of. */
export function startTenants(context: TenancyContext): RunningController {
  const { runtime, managed, promoted, namespaces, cluster, configurationName, workers } = context;
  const { caches } = runtime;
  const deps = {
    ...context,
    managedIn: indexManaged(managed, childTypes),
    quotaMemory: createQuotaMemory(),
    classes: () => cluster.classes(),
    volumes: (tenant: string) => cluster.volumes(tenant),
    tenantOwners: () =>
      context
        .tenantOwners()
        .map(({ metadata, spec }) => ({ ...spec, labels: metadata.labels ?? {} })),
    templates: context.replication?.templates,
    recorder: runtime.recorder,
  };
  const limit = workers === undefined ? {} : { workers };
  const controller = startController(tenantController, deps, runtime, limit);
  const wake = (name: string) => controller.wake({ name });
  namespaces.onChange(wake);
  onManagedChange(context, wake);
  context.refusals.onNote(({ namespace = '' }) => wake(namespaces.tenantOf(namespace)));
  cluster.onVolumeChange(wake);
  cluster.onClassChange(() => wakeAll(caches, Tenant.type, controller));
  for (const cache of Object.values(promoted)) {
    cache.onChange(({ before, after }) => {
      const { namespace = '' } = (after ?? before)?.metadata ?? {};
      wake(namespaces.tenantOf(namespace));
    });
  }
  context.deployers.onChange((namespace) => {
    const name = namespaces.tenantOf(namespace);
    const { deletionTimestamp } = caches.for(Tenant.type).get({ name })?.metadata ?? {};
    if (deletionTimestamp !== undefined) wake(name);
  });
  caches.for<Tenant>(Tenant.type).onChange(({ before, after }) => {
    if (after && !isDeepStrictEqual(limitAnnotations(before), limitAnnotations(after)))
      wake(after.metadata.name);
  });
  onWish(caches, TenantOwner.type, (change) => {
    for (const { metadata } of tenantsConcerned(change, caches.for(Tenant.type).list())) {
      wake(metadata.name);
    }
  });
  onWish(caches, CapsuleConfiguration.type, (change) => {
    const { name } = (change.after ?? change.before)?.metadata ?? {};
    if (name !== configurationName || !concernsTenants(change)) return;
    wakeAll(caches, Tenant.type, controller);
  });
  return controller;
}
