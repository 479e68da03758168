import { celLabel } from '../../access/policy/cel.ts';
import { isAdministratorCel, mayOnTenant } from '../../access/tenancy/identity-cel.ts';
import { tenantLabel, Verb } from '../../access/tenancy/vocabulary.ts';
import { defineHook } from '../hook.ts';
import { namespaceContext } from './context.ts';
import { namespaceResource } from './requests.ts';
import { withinQuota } from './within-quota.ts';

const tenant = celLabel('object', tenantLabel);

/** Counts new namespaces, exactly. */
export const namespacesQuota = defineHook({
  name: 'namespaces-quota',
  type: 'validating',
  path: '/namespaces/quota',
  purpose:
    'Holds the number of namespaces of a tenant, also when many are created at the same moment.',
  resources: namespaceResource('CREATE'),
  matchConditions: ({ configuration }) => [
    { name: 'of-a-tenant', expression: `${tenant} != ''` },
    {
      name: 'that-counts',
      expression: `!${mayOnTenant(Verb.ExtendFreely, tenant)} && !${isAdministratorCel(configuration)}`,
    },
  ],
  failurePolicy: {
    policy: 'Fail',
    because: 'only new namespaces of tenants that have a quota of them wait; nothing else is asked',
  },
  contextOf: namespaceContext,
  rules: [withinQuota],
});
