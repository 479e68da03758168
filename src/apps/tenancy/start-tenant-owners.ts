import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantOwnerController } from '../../controllers/tenant-owner/controller.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { ownersConcerned } from './concerned.ts';
import { onWish } from './on-wish.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Starts telling TenantOwners which Tenants they own. */
export function startTenantOwners(context: TenancyContext): RunningController {
  const { runtime } = context;
  const { caches } = runtime;
  const deps = {
    tenants: () => context.tenants().map(({ metadata, spec }) => ({ name: metadata.name, spec })),
  };
  const controller = startController(tenantOwnerController, deps, runtime);
  onWish(caches, Tenant.type, (change) => {
    for (const { metadata } of ownersConcerned(change, caches.for(TenantOwner.type).list())) {
      controller.wake({ name: metadata.name });
    }
  });
  // Its labels decide which Tenants have it; they do not count as its generation.
  onWish(caches, TenantOwner.type, ({ after }) => {
    if (after) controller.wake({ name: after.metadata.name });
  });
  return controller;
}
