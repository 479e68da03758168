import type { AccountHomes } from '../tenancy/account-homes.ts';
import { celText } from '../policy/cel.ts';
import type { Rule } from '../policy/rule.ts';
import { Verb } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts, NamespaceSettings } from './facts.ts';

/** The API server reads expressions of up to 100,000 characters, and names have 63 at most. */
const mostPerRule = 500;

/**
 * Accounts own a tenant by name, also before their namespace exists and when it is gone: whoever makes the
 * namespace then makes the accounts, and is the owner. So it is made in that very tenant, or by administrators.
 */
export function homeRules({
  accountHomes = new Map(),
  configuration,
}: NamespaceSettings): Rule<NamespaceFacts>[] {
  const homes = [...accountHomes];
  const parts = Array.from({ length: Math.ceil(homes.length / mostPerRule) }, (_, index) =>
    homes.slice(index * mostPerRule, (index + 1) * mostPerRule),
  );
  return parts.map((part) => homeRule(new Map(part), configuration));
}

function homeRule(homes: AccountHomes, configuration: string): Rule<NamespaceFacts> {
  const entries = [...homes].map(([name, tenant]) => `${celText(name)}: ${celText(tenant)}`);
  return {
    name: 'namespace-is-home-of-own-accounts',
    cel:
      `request.operation != 'CREATE' || variables.tenant == '' || variables.isAdministrator || ` +
      `{${entries.join(', ')}}[?object.metadata.name].orValue(variables.tenant) == variables.tenant`,
    holds: ({ operation, after: { label, name }, may }) =>
      operation !== 'CREATE' ||
      label === '' ||
      may(Verb.Administer, configuration) ||
      (homes.get(name) ?? label) === label,
    message:
      'the name of the namespace is kept for accounts that have rights in another tenant: choose another',
    remedy:
      'create the namespace as an administrator, or take its ServiceAccounts from the owners and role bindings of the other Tenant',
  };
}
