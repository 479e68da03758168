import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantOwnerController } from '../../controllers/tenant-owner/controller.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onWish } from './on-wish.ts';
import type { TenancyContext } from './tenancy-context.ts';
import { wakeAll } from './wake-all.ts';

/** Starts telling TenantOwners which Tenants they own. */
export function startTenantOwners(context: TenancyContext): RunningController {
  const { runtime } = context;
  const { caches } = runtime;
  const deps = {
    tenants: () => context.tenants().map(({ metadata, spec }) => ({ name: metadata.name, spec })),
  };
  const controller = startController(tenantOwnerController, deps, runtime);
  onWish(caches, Tenant.type, () => wakeAll(caches, TenantOwner.type, controller));
  return controller;
}
