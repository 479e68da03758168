import { namespaceType } from '../kube/core-resources.ts';
import type { OwnerKind } from '../api/capsule/owner.ts';
import { TenantOwner } from '../api/capsule/tenant-owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import { isOneOf, isTenantOwner, type Requester } from '../access/tenancy/identity-class.ts';
import { namedOwners } from '../access/tenancy/named-owners.ts';
import { isSelected } from '../access/tenancy/owners.ts';
import { tenantLabel } from '../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Caches } from '../runtime/cache/read-cache.ts';

/** Tenants as the watches know them; looked up, never searched where that costs. */
export interface TenantDirectory {
  get(name: string): Tenant | undefined;
  /** The tenants that the sender owns, as their status lists owners; sorted by name. */
  ownedBy(sender: Requester): Tenant[];
  /**
   * Whether a tenant, or any for `''`, names the sender an owner and does not list it in its status yet. By
   * its name, whom a TenantOwner makes its owner counts as well.
   */
  isPromised(sender: Requester, name: string): boolean;
  /** The tenant that a namespace belongs to: none or one, of those that exist. */
  tenantsOf(namespace: string): string[];
}

/** Keeps Tenants by name and by owner. One that cannot be read is none. */
export function createTenantDirectory(caches: Caches): TenantDirectory {
  const tenants = new Map<string, Tenant>();
  const byOwner = new Map<string, Set<string>>();
  const put = (object: KubeObject | undefined) => {
    const tenant = object && decode(object);
    if (!tenant) return;
    tenants.set(tenant.metadata.name, tenant);
    for (const owner of ownerNames(tenant)) {
      byOwner.set(owner, (byOwner.get(owner) ?? new Set()).add(tenant.metadata.name));
    }
  };
  const drop = (name: string) => {
    const tenant = tenants.get(name);
    for (const owner of tenant ? ownerNames(tenant) : []) {
      const owned = byOwner.get(owner);
      owned?.delete(name);
      if (owned?.size === 0) byOwner.delete(owner);
    }
    tenants.delete(name);
  };
  const cache = caches.for(Tenant.type);
  cache.onChange(({ before, after }) => {
    if (before) drop(before.metadata.name);
    put(after);
  });
  for (const object of cache.list()) put(object);
  /** Names of users and groups alike; who is what is looked at by those who ask. */
  const naming = ({ username, groups = [] }: Requester) =>
    [...new Set([username, ...groups].flatMap((name) => [...(byOwner.get(name) ?? [])]))]
      .sort()
      .map((name) => tenants.get(name))
      .filter((tenant) => tenant !== undefined);
  return {
    get: (name) => tenants.get(name),
    ownedBy: (sender) => naming(sender).filter((tenant) => owns(sender, tenant)),
    isPromised: (sender, name) =>
      // Some own a thousand tenants.
      (name === '' ? naming(sender) : [tenants.get(name)]).some(
        (tenant) => tenant && isOneOf(sender, ownersToBe(tenant, caches)) && !owns(sender, tenant),
      ),
    tenantsOf(namespace) {
      const stored = caches.for(namespaceType).get({ name: namespace });
      const name = stored?.metadata.labels?.[tenantLabel] ?? '';
      return tenants.has(name) ? [name] : [];
    },
  };
}

const owns = (sender: Requester, { status }: Tenant) => isTenantOwner(sender, status?.owners ?? []);

/** Whom the Tenant names, and the TenantOwners that it selects or that name it. */
function ownersToBe({ metadata, spec }: Tenant, caches: Caches) {
  const asked = { tenant: metadata.name, matchOwners: spec.permissions?.matchOwners ?? [] };
  const selected = caches
    .for(TenantOwner.type)
    .list()
    .filter((owner) => isSelected({ labels: owner.metadata.labels ?? {} }, asked))
    .map((owner) => owner['spec'] as { kind?: OwnerKind; name: string });
  return [...namedOwners(spec), ...selected];
}

function ownerNames({ spec, status }: Tenant): string[] {
  return [...namedOwners(spec), ...(status?.owners ?? [])].map(({ name }) => name);
}

function decode(object: KubeObject): Tenant | undefined {
  try {
    return Tenant.decode(object);
  } catch {
    // Its own status says why.
    return undefined;
  }
}
