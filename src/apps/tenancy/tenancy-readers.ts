import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { namespaceType } from '../../controllers/shared/core-resources.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';

/** What tenancy is made of, as the watches know it. */
export interface TenancyReaders {
  /** The CapsuleConfiguration that counts; its defaults while there is none that can be read. */
  configuration(): CapsuleConfiguration;
  /** Those that can be read; what cannot says so in its own status. */
  tenants(): Tenant[];
  tenantOwners(): TenantOwner[];
}

/** Kinds that are watched whole. */
export const tenancyTypes = [
  Tenant.type,
  TenantOwner.type,
  CapsuleConfiguration.type,
  namespaceType,
];

/** Readers of these caches; `name` is that of the CapsuleConfiguration that counts. */
export function tenancyReaders(caches: Caches, name: string): TenancyReaders {
  return {
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
