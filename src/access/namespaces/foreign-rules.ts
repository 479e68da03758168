import type { Rule } from '../policy/rule.ts';
import { cordonedLabel } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts, NamespaceSettings } from './facts.ts';
import { labelNamesTenant } from './label-names-rule.ts';
import { isCapsuleUserCel } from '../tenancy/identity-cel.ts';

/**
 * Namespaces of no tenant are none of the business of users of Capsule. They neither take them over,
 * nor label them so that something selects them, nor make new ones that nobody owns.
 */
export const foreignRules = (settings: NamespaceSettings): Rule<NamespaceFacts>[] => [
  {
    name: 'namespace-of-no-tenant',
    cel: `request.operation == 'CREATE' || !(${isCapsuleUserCel(settings)})`,
    holds: ({ operation, isCapsuleUser }) => operation === 'CREATE' || !isCapsuleUser,
    message: 'the namespace belongs to no tenant of yours',
    remedy:
      'an administrator (spec.administrators of the CapsuleConfiguration) may change it, or put it into a tenant',
  },
  {
    name: 'namespace-created-in-tenant',
    cel: `request.operation != 'CREATE' || !(${isCapsuleUserCel(settings)})`,
    holds: ({ operation, isCapsuleUser }) => operation !== 'CREATE' || !isCapsuleUser,
    message:
      'you may create namespaces of your tenants only: name the tenant with the label capsule.clastix.io/tenant',
  },
  labelNamesTenant,
];

/** What is cordoned is not deleted by users of Capsule. */
export const deletionRules: readonly Rule<NamespaceFacts>[] = [
  {
    name: 'namespace-not-deleted-while-cordoned',
    cel: `has(oldObject.metadata.deletionTimestamp) || !variables.isCapsuleUser || variables.isAdministrator`,
    holds: ({ after, isCapsuleUser }) =>
      after.isGoing || !isCapsuleUser || after.labels[cordonedLabel] !== 'true',
    message: 'the namespace is cordoned: it cannot be deleted until that is over',
    remedy:
      'set spec.cordoned of the Tenant to false, or take the label projectcapsule.dev/cordoned off the namespace',
  },
];
