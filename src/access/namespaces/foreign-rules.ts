import type { Rule } from '../policy/rule.ts';
import { celLabel } from '../policy/cel.ts';
import { cordonedLabel, tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts, NamespaceSettings } from './facts.ts';
import { labelNamesTenant } from './label-names-rule.ts';
import { isCapsuleUserCel, mayOnTenant } from '../tenancy/identity-cel.ts';

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

const isCordonedCel =
  `${celLabel('oldObject', tenantLabel)} != '' && ` +
  `${celLabel('oldObject', cordonedLabel)} == 'true'`;

/**
 * What users of Capsule delete is theirs, and not cordoned. To delete what is going already changes
 * nothing.
 */
export const deletionRules: readonly Rule<NamespaceFacts>[] = [
  {
    name: 'namespace-deleted-by-owners',
    cel:
      `has(oldObject.metadata.deletionTimestamp) || !variables.isCapsuleUser || ` +
      `variables.isAdministrator || ${mayOnTenant(Verb.Own, 'variables.oldTenant')}`,
    holds: ({ after, isCapsuleUser, may }) =>
      after.isGoing || !isCapsuleUser || (after.label !== '' && may(Verb.Own, after.label)),
    message: 'only the owners of a tenant may delete its namespaces',
    remedy:
      'name the user, one of its groups or the ServiceAccount in spec.owners of the Tenant (or by a TenantOwner)',
  },
  {
    name: 'namespace-not-deleted-while-cordoned',
    cel:
      `!(${isCordonedCel}) || has(oldObject.metadata.deletionTimestamp) || ` +
      `!variables.isCapsuleUser || variables.isAdministrator`,
    holds: ({ after, isCapsuleUser }) =>
      after.isGoing ||
      !isCapsuleUser ||
      after.label === '' ||
      after.labels[cordonedLabel] !== 'true',
    message: 'the namespace is cordoned: it cannot be deleted until that is over',
    remedy:
      'set spec.cordoned of the Tenant to false, or take the label projectcapsule.dev/cordoned off the namespace',
  },
];
