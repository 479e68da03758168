import type { KubeObject } from '../../kube/object.ts';
import { validatingPolicy } from '../policy/compile.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import { serviceRules, serviceVariables, type ServiceFacts } from './rules.ts';

/** The first ring around Services: their types, external addresses and metadata. */
export function servicePolicies(): KubeObject[] {
  return validatingPolicy<ServiceFacts>({
    name: 'services.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['services'],
      },
    ],
    matchConditions: [{ name: 'is-limited', expression: `has(params.policies.services)` }],
    variables: serviceVariables,
    params: namespaceParams,
    namespaceSelector: inTenants,
    rules: serviceRules,
  });
}
