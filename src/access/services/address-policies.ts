import { equalJson, isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants } from '../tenancy/tenant-namespaces.ts';

/** A write of the status of a Service. */
export interface AddressFacts {
  before: KubeObject;
  after: KubeObject;
  /** The sender may write the statuses of Services in every namespace. */
  mayEverywhere: boolean;
}

const addressesOf = ({ status }: KubeObject) => (isRecord(status) ? status['loadBalancer'] : {});
const addressesCel = (object: string) => `${object}.?status.?loadBalancer`;
const keepsAddressesCel = `${addressesCel('object')} == ${addressesCel('oldObject')}`;

const mayEverywhereCel = ['update', 'patch']
  .map(
    (verb) =>
      `authorizer.group('').resource('services').subresource('status').check('${verb}').allowed()`,
  )
  .join(' || ');

/**
 * The nodes take traffic to the addresses of a load balancer, wherever it was meant to go (CVE-2020-8554):
 * they are said by controllers, which may say them in every namespace.
 */
export const addressesByControllers: Rule<AddressFacts> = {
  name: 'service-addresses-by-controllers',
  cel: `${keepsAddressesCel} || ${mayEverywhereCel}`,
  holds: ({ before, after, mayEverywhere }) =>
    mayEverywhere || equalJson(addressesOf(before), addressesOf(after)),
  message: 'the addresses of a load balancer are written by who provides load balancers',
  remedy:
    'bind a ClusterRole that may update services/status to the controller by a ClusterRoleBinding: a role in a namespace is not enough',
};

/** Holds also where the Tenant says nothing about Services, and costs other requests nothing. */
export function addressPolicies(): Policy[] {
  return validatingPolicy<AddressFacts>({
    name: 'services.addresses.tenantry.dev',
    isAlone: true,
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['UPDATE'],
        resources: ['services/status'],
      },
    ],
    matchConditions: [],
    variables: [],
    namespaceSelector: inTenants,
    rules: [addressesByControllers],
  });
}
