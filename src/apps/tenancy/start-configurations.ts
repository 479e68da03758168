import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { capsuleConfigurationController } from '../../controllers/capsule-configuration/controller.ts';
import { ensureObjects } from '../../controllers/shared/ensure-objects.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onInstalledChange } from './on-installed-change.ts';
import { onWish } from './on-wish.ts';
import { registerWebhooks } from './register-webhooks.ts';
import type { TenancyContext } from './tenancy-context.ts';

const fieldManager = 'projectcapsule.dev/configuration';

/** Starts reconciling CapsuleConfigurations, of which one counts. */
export function startConfigurations(context: TenancyContext): RunningController {
  const { runtime, client, managed, webhooks, configurationName: name } = context;
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
    register: registerWebhooks({ client, caches: managed, fieldManager, webhooks }),
  };
  const controller = startController(capsuleConfigurationController, deps, runtime);
  const wake = () => controller.wake({ name });
  webhooks?.onChange(wake);
  onInstalledChange(context, wake);
  for (const type of [Tenant.type, TenantOwner.type]) {
    onWish(caches, type, wake);
  }
  return controller;
}
