import { mutateNamespace } from '../../access/namespaces/mutation.ts';
import { refersToTenantCel } from '../../access/namespaces/policies.ts';
import { isAdministratorCel } from '../../access/tenancy/identity-cel.ts';
import { defineHook } from '../hook.ts';
import { change } from '../verdict.ts';
import { namespaceResource } from './requests.ts';

/**
 * Takes references to Tenants off new namespaces, where no policy can: the first ring takes one for a sign
 * that the hook about namespaces has looked at the rest. That one fails open, so this one does not; it
 * comes before, by its name.
 */
export const namespaceReferences = defineHook({
  name: 'namespace-references',
  type: 'mutating',
  path: '/namespaces/references/mutating',
  purpose:
    'Only where the API server has no mutating policies: takes references to Tenants off new namespaces, which only webhooks and administrators put on.',
  resources: namespaceResource('CREATE'),
  matchConditions: ({ configuration }) => [
    { name: 'refers-to-tenant', expression: refersToTenantCel('object') },
    { name: 'not-administrator', expression: `!${isAdministratorCel(configuration)}` },
  ],
  failurePolicy: {
    policy: 'Fail',
    because: 'only new namespaces wait that come with a reference to a Tenant, which need none',
  },
  insteadOfPolicies: true,
  contextOf: (_request, admission) => admission.configuration().metadata.name,
  rules: [
    {
      name: 'namespace-take-off-references',
      check: ({ object }, configuration) =>
        object && change(mutateNamespace({ object, may: () => false, configuration })),
    },
  ],
});
