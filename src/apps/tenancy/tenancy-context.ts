import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import {
  managedByController,
  managedByLabel,
  managedTenantLabel,
} from '../../api/capsule/labels.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { namespaceType } from '../../controllers/shared/core-resources.ts';
import {
  clusterRoleBindingType,
  clusterRoleType,
} from '../../controllers/shared/rbac-resources.ts';
import { childTypes } from '../../controllers/tenant/children/types.ts';
import { indexNamespaces, type NamespaceIndex } from '../../controllers/tenant/namespace-index.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { watchClasses, type ClusterClasses } from './watch-classes.ts';

export interface TenancyComponentOptions {
  runtime: Runtime;
  client: KubeClient;
  /** `--configuration-name`. */
  configurationName: string;
  /** `--workers`. */
  workers?: number;
}

/** What the parts of the tenancy component share. */
export interface TenancyContext extends TenancyComponentOptions {
  /** Only what is managed for tenants, by its label. */
  managed: Caches;
  namespaces: NamespaceIndex;
  /** The CapsuleConfiguration that counts; its defaults while there is none that can be read. */
  configuration(): CapsuleConfiguration;
  /** Those that can be read; what cannot says so in its own status. */
  tenants(): Tenant[];
  tenantOwners(): TenantOwner[];
  cluster: ClusterClasses;
}

/** Kinds that are managed for tenants, and so watched by their label. */
export const managedTypes = [...childTypes, clusterRoleType, clusterRoleBindingType];

/** Watches what tenancy looks at; resolves once the caches hold the cluster. */
export async function openTenancy(options: TenancyComponentOptions): Promise<TenancyContext> {
  const { runtime, client, configurationName: name } = options;
  const { caches, signal, log, clock } = runtime;
  const selectorFor = () => `${managedByLabel}=${managedByController}`;
  const managed = createCaches({ client, signal, log, clock, selectorFor });
  const whole = [Tenant.type, TenantOwner.type, CapsuleConfiguration.type, namespaceType];
  const [cluster] = await Promise.all([
    watchClasses(options),
    ...whole.map((type) => caches.for(type).synced(signal)),
    ...managedTypes.map((type) => managed.for(type).synced(signal)),
  ]);
  return {
    ...options,
    managed,
    cluster,
    namespaces: indexNamespaces(caches.for(namespaceType)),
    configuration: () => configurationIn(caches, name),
    tenants: () => caches.for(Tenant.type).list().flatMap(readWith(Tenant)),
    tenantOwners: () => caches.for(TenantOwner.type).list().flatMap(readWith(TenantOwner)),
  };
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

function configurationIn(caches: Caches, name: string): CapsuleConfiguration {
  const stored = caches.for(CapsuleConfiguration.type).get({ name });
  const empty: KubeObject = {
    apiVersion: apiVersionOf(CapsuleConfiguration.type),
    kind: CapsuleConfiguration.kind,
    metadata: { name },
    spec: {},
  };
  const [read] = stored ? readWith(CapsuleConfiguration)(stored) : [];
  return read ?? CapsuleConfiguration.decode(empty);
}

/** Calls back with the tenant for which something managed has changed. */
export function onManagedChange(
  { managed }: TenancyContext,
  listener: (tenant: string) => void,
): void {
  for (const type of managedTypes) {
    managed.for(type).onChange(({ before, after }) => {
      const tenant = (after ?? before)?.metadata.labels?.[managedTenantLabel];
      if (tenant !== undefined) listener(tenant);
    });
  }
}
