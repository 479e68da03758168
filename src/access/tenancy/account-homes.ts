import { parseServiceAccountUser } from '../service-account-user.ts';

/** Some who own a tenant or have a role in it, by user or group name; all tenants where none is named. */
export interface OwnersOf {
  tenant?: string;
  owners: Iterable<{ name: string }>;
}

/**
 * Namespaces whose ServiceAccounts have rights in a tenant, to the only tenant they have them in: whoever makes the namespace
 * makes these accounts. Empty where they have them in several, or all. Sorted by name, so that equal ones read the same.
 */
export type AccountHomes = ReadonlyMap<string, string>;

const everyTenant = '';
const groupPrefix = 'system:serviceaccounts:';

/** Finds them, among accounts that are named and groups of all accounts of a namespace. */
export function accountHomes(naming: Iterable<OwnersOf>): AccountHomes {
  const homes = new Map<string, string>();
  for (const { tenant = everyTenant, owners } of naming) {
    for (const { name } of owners) {
      const namespace = homeOf(name);
      if (namespace === undefined) continue;
      homes.set(namespace, (homes.get(namespace) ?? tenant) === tenant ? tenant : everyTenant);
    }
  }
  return new Map([...homes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The namespace that an account, or all of a group, lives in; undefined for anybody else. */
export function homeOf(name: string): string | undefined {
  if (name.startsWith(groupPrefix)) return name.slice(groupPrefix.length);
  return parseServiceAccountUser(name)?.namespace;
}
