import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { QuantityLedger } from '../../api/capsule/quantity-ledger.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { namespaceType, resourceQuotaType } from '../../kube/core-resources.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { readOnce } from './read-once.ts';

/** What tenancy is made of, as the watches know it. */
export interface TenancyReaders {
  /** The CapsuleConfiguration that counts; its defaults while there is none that can be read. */
  configuration(): CapsuleConfiguration;
  /** Those that can be read; what cannot says so in its own status. */
  tenants(): Tenant[];
  tenant(name: string): Tenant | undefined;
  tenantOwners(): TenantOwner[];
  globalQuotas(): GlobalResourceQuota[];
}

/** Kinds that are watched whole. */
export const tenancyTypes = [
  Tenant.type,
  TenantOwner.type,
  CapsuleConfiguration.type,
  GlobalResourceQuota.type,
  CustomQuota.type,
  GlobalCustomQuota.type,
  QuantityLedger.type,
  ResourcePool.type,
  ResourcePoolClaim.type,
  namespaceType,
  resourceQuotaType,
];

/** Readers of these caches; `name` is that of the CapsuleConfiguration that counts. */
export function tenancyReaders(caches: Caches, name: string): TenancyReaders {
  const tenants = readerOf(caches, Tenant);
  const configuration = readerOf(caches, CapsuleConfiguration);
  const defaults = CapsuleConfiguration.decode({
    apiVersion: apiVersionOf(CapsuleConfiguration.type),
    kind: CapsuleConfiguration.kind,
    metadata: { name },
    spec: {},
  });
  return {
    configuration: () => configuration.get(name) ?? defaults,
    tenants: tenants.list,
    tenant: tenants.get,
    tenantOwners: readerOf(caches, TenantOwner).list,
    globalQuotas: readerOf(caches, GlobalResourceQuota).list,
  };
}

/** Reads a kind from its cache, each object once. */
export function readerOf<T>(
  caches: Caches,
  kind: { type: ResourceType; decode(object: KubeObject): T },
): { get(name: string): T | undefined; list(namespace?: string): T[] } {
  const cache = caches.for<KubeObject>(kind.type);
  const read = readOnce(kind);
  return {
    get(name) {
      const stored = cache.get({ name });
      return stored && read(stored);
    },
    list: (namespace) =>
      cache
        .list(namespace)
        .map(read)
        .filter((object) => object !== undefined),
  };
}
