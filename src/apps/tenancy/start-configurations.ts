import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { capsuleConfigurationController } from '../../controllers/capsule-configuration/controller.ts';
import { ensureObjects } from '../../controllers/shared/ensure-objects.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onWish } from './on-wish.ts';
import type { TenancyContext } from './tenancy-context.ts';

const fieldManager = 'projectcapsule.dev/configuration';

/** Starts reconciling CapsuleConfigurations, of which one counts. */
export function startConfigurations(context: TenancyContext): RunningController {
  const { runtime, client, managed, configurationName: name } = context;
  const { caches } = runtime;
  const deps = {
    name,
    aggregated: () =>
      context
        .tenantOwners()
        .filter(({ spec }) => spec.aggregate)
        .map(({ spec: { kind, name: owner } }) => ({ kind, name: owner })),
    tenants: () =>
      caches
        .for(Tenant.type)
        .list()
        .map(({ metadata }) => metadata.name)
        .sort((a, b) => (a < b ? -1 : 1)),
    ensure: ensureObjects({ client, caches: managed, fieldManager }),
  };
  const controller = startController(capsuleConfigurationController, deps, runtime);
  for (const type of [Tenant.type, TenantOwner.type]) {
    onWish(caches, type, () => controller.wake({ name }));
  }
  return controller;
}
