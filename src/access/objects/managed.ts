import { managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { QuantityLedger } from '../../api/capsule/quantity-ledger.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { isAdministratorCel } from '../tenancy/identity-cel.ts';
import { validatingPolicy, type Policy, type ResourceRule } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { celTexts } from '../policy/cel.ts';
import { inTenants } from '../tenancy/tenant-namespaces.ts';

/** What the rule about managed objects looks at. */
export interface ManagedFacts {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The caller administers all tenants, as the control plane itself does. */
  isAdministrator: boolean;
  /** The namespace is being deleted. */
  isNamespaceGoing: boolean;
}

/** Nobody makes, changes or deletes what is managed, or says that it is. */
const leftToController: Rule<ManagedFacts> = {
  name: 'object-is-left-to-controller',
  cel:
    `variables.isAdministrator || ` +
    `(request.operation == 'DELETE' && has(namespaceObject.metadata.deletionTimestamp))`,
  holds: ({ operation, isAdministrator: administers, isNamespaceGoing }) =>
    administers || (operation === 'DELETE' && isNamespaceGoing),
  message: `objects that the control plane manages for a tenant (label ${managedByLabel}=${managedByController}) are changed by changing the Tenant`,
};

export const managedRules = [leftToController];

/** What has got how much is decided by what the status says: other policies ask it, too. */
const statusIsToldByController: Rule<Pick<ManagedFacts, 'isAdministrator'>> = {
  name: 'status-is-left-to-controller',
  cel: 'variables.isAdministrator',
  holds: ({ isAdministrator: administers }) => administers,
  message: 'the status of quotas and of claims is what the control plane says of them',
};

/** Housekeepers of the cluster delete what belongs to nobody, and finalize what is being deleted. */
const housekeepers = [
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
  'system:kube-controller-manager',
];
const matchConditions = [
  {
    name: 'not-housekeeping',
    expression: `request.operation == 'CREATE' || !(request.userInfo.username in ${celTexts(housekeepers)})`,
  },
  {
    // Controllers of the cluster count what a ResourceQuota has used.
    name: 'not-status-of-cluster',
    expression: `!(has(request.subResource) && request.subResource == 'status' && 'system:serviceaccounts:kube-system' in request.userInfo.groups)`,
  },
];

const everything: ResourceRule = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['*/*'],
  scope: 'Namespaced',
};
const { group } = RuleStatus.type;
/** Nobody else has a use for these kinds, so none of their objects needs to say that it is managed. */
const managedKinds: ResourceRule = {
  ...everything,
  apiGroups: [group],
  resources: [RuleStatus, QuantityLedger].flatMap(({ type: { plural } }) => [
    plural,
    `${plural}/status`,
  ]),
};
const statuses: ResourceRule = {
  ...everything,
  apiGroups: [group],
  operations: ['UPDATE'],
  resources: [ResourcePoolClaim, CustomQuota].map(({ type }) => `${type.plural}/status`),
};

/**
 * Protects what is managed in the namespaces of tenants: whatever says so by its label; RuleStatuses,
 * which the other policies are decided by, and ledgers, which quotas are, whether they say so or not; and
 * what statuses tell of quotas and claims that tenants write themselves.
 */
export function managedPolicies(configuration: string): Policy[] {
  const shared = {
    matchConditions,
    variables: [{ name: 'isAdministrator', expression: isAdministratorCel(configuration) }],
    namespaceSelector: inTenants,
  };
  return [
    ...validatingPolicy<ManagedFacts>({
      ...shared,
      rules: managedRules,
      name: 'objects.managed.tenantry.dev',
      resources: [everything],
      objectSelector: { matchLabels: { [managedByLabel]: managedByController } },
    }),
    ...validatingPolicy<ManagedFacts>({
      ...shared,
      rules: managedRules,
      name: 'kinds.managed.tenantry.dev',
      resources: [managedKinds],
    }),
    ...validatingPolicy<Pick<ManagedFacts, 'isAdministrator'>>({
      ...shared,
      rules: [statusIsToldByController],
      name: 'statuses.managed.tenantry.dev',
      resources: [statuses],
    }),
  ];
}
