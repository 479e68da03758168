import { isDeepStrictEqual } from 'node:util';
import { CapsuleConfiguration } from '../api/capsule/capsule-configuration.ts';
import { managedByController, managedByLabel, managedTenantLabel } from '../api/capsule/labels.ts';
import { TenantOwner } from '../api/capsule/tenant-owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import { capsuleConfigurationController } from '../controllers/capsule-configuration/controller.ts';
import type { ConfigurationDeps } from '../controllers/capsule-configuration/reconcile.ts';
import { namespaceType } from '../controllers/shared/core-resources.ts';
import { clusterRoleBindingType, clusterRoleType } from '../controllers/shared/rbac-resources.ts';
import { childTypes } from '../controllers/tenant/children/types.ts';
import {
  tenantOwnerController,
  type TenantOwnerDeps,
} from '../controllers/tenant-owner/controller.ts';
import { tenantController } from '../controllers/tenant/controller.ts';
import { indexNamespaces, type NamespaceIndex } from '../controllers/tenant/namespace-index.ts';
import type { TenantDeps } from '../controllers/tenant/work.ts';
import { ensureObjects } from '../controllers/shared/ensure-objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../kube/object.ts';
import { createCaches } from '../runtime/cache/create-caches.ts';
import type { Caches } from '../runtime/cache/read-cache.ts';
import { startController, type RunningController } from '../runtime/run-controller.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface TenancyComponentOptions {
  runtime: Runtime;
  client: KubeClient;
  /** `--configuration-name`. */
  configurationName: string;
  /** `--workers`. */
  workers?: number;
}

/** Kinds that are managed for tenants, and so watched by their label. */
const managedTypes = [...childTypes, clusterRoleType, clusterRoleBindingType];

/** Starts reconciling Tenants and what goes with them, until the runtime's signal aborts. */
export async function startTenancyComponent(
  options: TenancyComponentOptions,
): Promise<RunningController[]> {
  const { runtime, workers } = options;
  const { managed, namespaces } = await watchTenancy(options);
  const { tenants, configurations, tenantOwners } = dependenciesOf(options, managed, namespaces);
  const limit = workers === undefined ? {} : { workers };
  const running = {
    tenants: startController(tenantController, tenants, runtime, limit),
    configurations: startController(capsuleConfigurationController, configurations, runtime),
    tenantOwners: startController(tenantOwnerController, tenantOwners, runtime),
  };
  namespaces.onChange((name) => running.tenants.wake({ name }));
  for (const type of managedTypes) {
    wakeOwners(managed, type, (name) => running.tenants.wake({ name }));
  }
  wakeEachOther(options, running);
  return Object.values(running);
}

/** The caches of what tenancy looks at, once they hold the cluster. */
async function watchTenancy({ runtime, client }: TenancyComponentOptions) {
  const { caches, signal, log, clock } = runtime;
  const selectorFor = () => `${managedByLabel}=${managedByController}`;
  const managed = createCaches({ client, signal, log, clock, selectorFor });
  const whole = [Tenant.type, TenantOwner.type, CapsuleConfiguration.type, namespaceType];
  await Promise.all([
    ...whole.map((type) => caches.for(type).synced(signal)),
    ...managedTypes.map((type) => managed.for(type).synced(signal)),
  ]);
  return { managed, namespaces: indexNamespaces(caches.for(namespaceType)) };
}

/** What each controller works with. */
function dependenciesOf(
  { runtime: { caches }, client, configurationName: name }: TenancyComponentOptions,
  managed: Caches,
  namespaces: NamespaceIndex,
) {
  const owners = () => caches.for(TenantOwner.type).list().flatMap(readWith(TenantOwner));
  const all = () => caches.for(Tenant.type).list();
  const tenants: TenantDeps = {
    client,
    managed,
    namespaces,
    configuration: () => configurationIn(caches, name),
    tenantOwners: () =>
      owners().map(({ metadata, spec }) => ({ ...spec, labels: metadata.labels ?? {} })),
  };
  const fieldManager = 'projectcapsule.dev/configuration';
  const configurations: ConfigurationDeps = {
    name,
    aggregated: () =>
      owners()
        .filter(({ spec }) => spec.aggregate)
        .map(({ spec: { kind, name: owner } }) => ({ kind, name: owner })),
    tenants: () =>
      all()
        .map(({ metadata }) => metadata.name)
        .sort((a, b) => (a < b ? -1 : 1)),
    ensure: ensureObjects({ client, caches: managed, fieldManager }),
  };
  const tenantOwners: TenantOwnerDeps = {
    tenants: () =>
      all()
        .flatMap(readWith(Tenant))
        .map(({ metadata, spec }) => ({ name: metadata.name, spec })),
  };
  return { tenants, configurations, tenantOwners };
}

type Running = Record<'tenants' | 'configurations' | 'tenantOwners', RunningController>;

/** Whom a change of one kind concerns among the others. */
function wakeEachOther(
  { runtime: { caches }, configurationName }: TenancyComponentOptions,
  running: Running,
): void {
  const wakeAll = (type: ResourceType, controller: RunningController) => {
    for (const object of caches.for(type).list()) controller.wake({ name: object.metadata.name });
  };
  const wakeConfiguration = () => running.configurations.wake({ name: configurationName });
  onWish(caches, CapsuleConfiguration.type, () => wakeAll(Tenant.type, running.tenants));
  onWish(caches, Tenant.type, () => {
    wakeConfiguration();
    wakeAll(TenantOwner.type, running.tenantOwners);
  });
  onWish(caches, TenantOwner.type, () => {
    wakeAll(Tenant.type, running.tenants);
    wakeConfiguration();
  });
}

/** Calls back when somebody wants something else of an object; what we say in a status is no wish. */
function onWish(caches: Caches, type: ResourceType, listener: () => void): void {
  const wishOf = (object: KubeObject | undefined) =>
    object && { spec: object['spec'], labels: object.metadata.labels };
  caches.for(type).onChange(({ before, after }) => {
    if (!isDeepStrictEqual(wishOf(before), wishOf(after))) listener();
  });
}

/** What cannot be read says nothing; its own status says why. */
function readWith<T>(kind: { decode(object: KubeObject): T }) {
  return (object: KubeObject): T[] => {
    try {
      return [kind.decode(object)];
    } catch {
      return [];
    }
  };
}

/** The configuration that counts; its defaults while there is none, or none that can be read. */
function configurationIn(caches: Caches, name: string): CapsuleConfiguration {
  const stored = caches.for(CapsuleConfiguration.type).get({ name });
  const empty: KubeObject = {
    apiVersion: apiVersionOf(CapsuleConfiguration.type),
    kind: CapsuleConfiguration.kind,
    metadata: { name },
    spec: {},
  };
  try {
    return CapsuleConfiguration.decode(stored ?? empty);
  } catch {
    return CapsuleConfiguration.decode(empty);
  }
}

/** Whatever happens to a managed object concerns the tenant it is managed for. */
function wakeOwners(managed: Caches, type: ResourceType, wake: (tenant: string) => void): void {
  managed.for(type).onChange(({ before, after }) => {
    const tenant = (after ?? before)?.metadata.labels?.[managedTenantLabel];
    if (tenant !== undefined) wake(tenant);
  });
}
