import { CapsuleConfiguration } from '../api/capsule/capsule-configuration.ts';
import { managedByController, managedByLabel, managedTenantLabel } from '../api/capsule/labels.ts';
import { TenantOwner } from '../api/capsule/tenant-owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import { capsuleConfigurationController } from '../controllers/capsule-configuration/controller.ts';
import type { ConfigurationDeps } from '../controllers/capsule-configuration/reconcile.ts';
import { namespaceType } from '../controllers/shared/core-resources.ts';
import { clusterRoleBindingType, clusterRoleType } from '../controllers/shared/rbac-resources.ts';
import { childTypes } from '../controllers/tenant/children/types.ts';
import { tenantOwnerController } from '../controllers/tenant-owner/controller.ts';
import { tenantController } from '../controllers/tenant/controller.ts';
import { indexNamespaces } from '../controllers/tenant/namespace-index.ts';
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

/** Starts reconciling Tenants and what goes with them, until the runtime's signal aborts. */
export async function startTenancyComponent(
  options: TenancyComponentOptions,
): Promise<RunningController[]> {
  const { runtime, client, configurationName, workers } = options;
  const { caches, signal, log, clock } = runtime;
  const managed = createCaches({
    client,
    signal,
    log,
    clock,
    selectorFor: () => `${managedByLabel}=${managedByController}`,
  });
  const managedTypes = [...childTypes, clusterRoleType, clusterRoleBindingType];
  await Promise.all([
    ...[Tenant.type, TenantOwner.type, CapsuleConfiguration.type, namespaceType].map((type) =>
      caches.for(type).synced(signal),
    ),
    ...managedTypes.map((type) => managed.for(type).synced(signal)),
  ]);
  const owners = () => caches.for(TenantOwner.type).list().flatMap(readWith(TenantOwner));
  const namespaces = indexNamespaces(caches.for(namespaceType));
  const tenantDeps: TenantDeps = {
    client,
    managed,
    namespaces,
    configuration: () => configurationIn(caches, configurationName),
    tenantOwners: () =>
      owners().map(({ metadata, spec }) => ({ ...spec, labels: metadata.labels ?? {} })),
  };
  const configurationDeps: ConfigurationDeps = {
    client,
    name: configurationName,
    aggregated: () =>
      owners()
        .filter(({ spec }) => spec.aggregate)
        .map(({ spec: { kind, name } }) => ({ kind, name })),
    tenants: () => caches.for(Tenant.type).list().map(nameOf).sort(),
    ensure: ensureObjects({
      client,
      caches: managed,
      fieldManager: 'projectcapsule.dev/configuration',
    }),
  };
  const limit = workers === undefined ? {} : { workers };
  const tenants = startController(tenantController, tenantDeps, runtime, limit);
  const configurations = startController(
    capsuleConfigurationController,
    configurationDeps,
    runtime,
  );
  const tenantOwners = startController(
    tenantOwnerController,
    {
      tenants: () =>
        caches
          .for(Tenant.type)
          .list()
          .flatMap(readWith(Tenant))
          .map(({ metadata, spec }) => ({ name: metadata.name, spec })),
    },
    runtime,
  );
  const wakeTenants = () => {
    for (const { metadata } of caches.for(Tenant.type).list())
      tenants.wake({ name: metadata.name });
  };
  const wakeConfiguration = () => configurations.wake({ name: configurationName });
  namespaces.onChange((name) => tenants.wake({ name }));
  for (const type of managedTypes) wakeOwners(managed, type, (name) => tenants.wake({ name }));
  caches.for(CapsuleConfiguration.type).onChange(wakeTenants);
  caches.for(Tenant.type).onChange(({ before, after }) => {
    if (before?.metadata.generation === after?.metadata.generation) return;
    wakeConfiguration();
    for (const { metadata } of caches.for(TenantOwner.type).list()) {
      tenantOwners.wake({ name: metadata.name });
    }
  });
  caches.for(TenantOwner.type).onChange(() => {
    wakeTenants();
    wakeConfiguration();
  });
  return [tenants, configurations, tenantOwners];
}

const nameOf = ({ metadata }: KubeObject) => metadata.name;

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
