import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Run } from '../../runtime/run.ts';
import type { SelectableOwner } from '../../access/tenancy/owners.ts';
import type { NamespaceIndex } from './namespace-index.ts';
import type { QuotaMemory } from './quotas/quota-memory.ts';
import type { ExistingClasses } from './policies/class-policies.ts';

/** What all Tenants of a process share. */
export interface TenantDeps {
  /** The control plane's own: tenants are its own business. */
  client: KubeClient;
  /** Managed objects only: those that carry {@link managedByLabel}. */
  managed: Caches;
  namespaces: NamespaceIndex;
  quotaMemory: QuotaMemory;
  /** The CapsuleConfiguration that counts, or its defaults. */
  configuration(): CapsuleConfiguration;
  tenantOwners(): readonly SelectableOwner[];
  /** The classes of the cluster. */
  classes(): ExistingClasses;
  /** PersistentVolumes of a tenant that are not bound, by name. */
  volumes(tenant: string): readonly string[];
}

/** One run's view of its Tenant. */
export interface Work {
  tenant: Tenant;
  identity: { name: string; uid: string };
  namespaces: readonly KubeObject[];
  configuration: CapsuleConfiguration;
  /** Quotas that the namespaces share, by namespace. */
  quotas: ReadonlyMap<string, KubeObject[]>;
  deps: TenantDeps;
  run: Run<TenantStatus>;
}
