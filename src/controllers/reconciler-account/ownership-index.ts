import { isDeepStrictEqual } from 'node:util';

/** As what a tenant names an account: an owner, and perhaps what deploys it. */
export interface Ownership {
  /** Its Tenant declares it (`spec.gitops`), with its kubeconfig in all its namespaces, or not. */
  declared?: { everywhere: boolean };
}

/** Which tenants name which accounts, by the accounts' users. */
export interface OwnershipIndex {
  /** Tenants that name the user an owner, sorted. */
  owned(user: string): string[];
  /** Those of them that declare it as what deploys them. */
  declared(user: string): ReadonlyMap<string, { everywhere: boolean }>;
  /** Notes whom a tenant names now, and answers with the users for whom that is a change. */
  put(tenant: string, owners: ReadonlyMap<string, Ownership>): string[];
}

export function createOwnershipIndex(): OwnershipIndex {
  const byTenant = new Map<string, ReadonlyMap<string, Ownership>>();
  const byUser = new Map<string, Map<string, Ownership>>();
  const sorted = (user: string) =>
    [...(byUser.get(user) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));

  return {
    owned: (user) => sorted(user).map(([tenant]) => tenant),
    declared: (user) =>
      new Map(
        sorted(user).flatMap(([tenant, { declared }]) => (declared ? [[tenant, declared]] : [])),
      ),
    put(tenant, owners) {
      const before = byTenant.get(tenant) ?? new Map<string, Ownership>();
      const concerned = [...new Set([...before.keys(), ...owners.keys()])].filter(
        (user) => !isDeepStrictEqual(before.get(user), owners.get(user)),
      );
      if (owners.size > 0) byTenant.set(tenant, owners);
      else byTenant.delete(tenant);
      for (const user of concerned) {
        const tenants = byUser.get(user) ?? new Map<string, Ownership>();
        const ownership = owners.get(user);
        if (ownership) tenants.set(tenant, ownership);
        else tenants.delete(tenant);
        if (tenants.size > 0) byUser.set(user, tenants);
        else byUser.delete(user);
      }
      return concerned;
    },
  };
}
