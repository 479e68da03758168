import { validatingPolicy, type Policy } from '../policy/policy.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import { serviceRules, serviceVariables, type ServiceFacts } from './rules.ts';

/** The first ring around Services: their types, external addresses and metadata. */
export function servicePolicies(): Policy[] {
  return validatingPolicy<ServiceFacts>({
    name: 'services.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE', 'UPDATE'],
        // By the status, labels and annotations are set as well.
        resources: ['services', 'services/status'],
      },
    ],
    matchConditions: [{ name: 'is-limited', expression: `has(params.policies.services)` }],
    variables: serviceVariables,
    params: namespaceParams,
    namespaceSelector: inTenants,
    rules: serviceRules,
  });
}
