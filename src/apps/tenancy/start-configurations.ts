import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { Subject } from '../../api/capsule/owner.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { serviceAccountUser } from '../../access/service-account-user.ts';
import { collectOld } from '../../controllers/capsule-configuration/collect-old.ts';
import { capsuleConfigurationController } from '../../controllers/capsule-configuration/controller.ts';
import { ensureConfiguration } from '../../controllers/capsule-configuration/ensure-configuration.ts';
import { ensureObjects } from '../../controllers/shared/ensure-objects.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onInstalledChange } from './on-installed-change.ts';
import { concernsConfiguration } from './concerned.ts';
import { homesOfOwners } from './homes-of-owners.ts';
import { namedUsers } from './named-users.ts';
import { onWish } from './on-wish.ts';
import { registerWebhooks } from './register-webhooks.ts';
import type { TenancyContext } from './tenancy-context.ts';

const fieldManager = 'projectcapsule.dev/configuration';

/** Starts reconciling CapsuleConfigurations, of which one counts, and is made if there is none. */
export function startConfigurations(context: TenancyContext): RunningController {
  const { runtime, client, managed, promoted, grants, webhooks, kinds } = context;
  const { configurationName: name, home } = context;
  const { caches } = runtime;
  const writing = { client, caches: managed, fieldManager };
  const deps = {
    name,
    home,
    named: () => namedUsers(context),
    tenants: () =>
      caches
        .for(Tenant.type)
        .list()
        .map(({ metadata }) => metadata.name)
        .sort((a, b) => (a < b ? -1 : 1)),
    protectedLabels: () => grants.protectedLabels(),
    accountHomes: () => homesOfOwners(context),
    promoted: () => promotedIn(context),
    // Whoever changes the first ring, or removes a part of it, finds it as it was at once.
    ensure: ensureObjects({ ...writing, onChange: () => controller.wake({ name }) }),
    collect: collectOld(writing),
    register: registerWebhooks({ ...writing, webhooks, counted: () => kinds.scopes() }),
  };
  const controller = startController(capsuleConfigurationController, deps, runtime);
  const wake = () => controller.wake({ name });
  webhooks?.onChange(wake);
  grants.onChange(wake);
  kinds.onScopes(wake);
  onInstalledChange(context, wake);
  onWish(caches, TenantOwner.type, wake);
  onWish(caches, Tenant.type, (change) => {
    if (concernsConfiguration(change)) wake();
  });
  promoted.owners.onChange(wake);
  keepConfiguration(context);
  return controller;
}

/** Accounts that own a tenant by their label; those that no tenant takes are none. */
function promotedIn({ promoted, namespaces, tenants }: TenancyContext): Subject[] {
  const open = new Set(
    tenants()
      .filter(({ spec }) => spec.permissions?.allowOwnerPromotion ?? true)
      .map(({ metadata }) => metadata.name),
  );
  return promoted.owners
    .list()
    .filter(({ metadata: { namespace = '' } }) => open.has(namespaces.tenantOf(namespace)))
    .map(({ metadata: { namespace = '', name } }) => ({
      kind: 'ServiceAccount' as const,
      name: serviceAccountUser(namespace, name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** There is a configuration at any time: at the start, and after somebody deleted it. */
function keepConfiguration({ runtime, client, configurationName: name }: TenancyContext): void {
  const { caches, signal, log } = runtime;
  const cache = caches.for(CapsuleConfiguration.type);
  const ensure = () => {
    ensureConfiguration(client, name, signal).catch((error: unknown) => {
      if (!signal.aborted) log.error('the configuration could not be made', error, { name });
    });
  };
  if (!cache.get({ name })) ensure();
  cache.onChange(({ after, before }) => {
    if (!after && before?.metadata.name === name) ensure();
  });
}
