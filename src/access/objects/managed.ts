import { managedByController, managedByLabel } from '../../api/capsule/labels.ts';
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
const ruleStatuses: ResourceRule = {
  ...everything,
  apiGroups: [RuleStatus.type.group],
  resources: [RuleStatus.type.plural, `${RuleStatus.type.plural}/status`],
};

/**
 * Protects what is managed in the namespaces of tenants: whatever says so by its label, and the
 * RuleStatuses, which the other policies are decided by, whether they say so or not.
 */
export function managedPolicies(configuration: string): Policy[] {
  const shared = {
    matchConditions,
    variables: [{ name: 'isAdministrator', expression: isAdministratorCel(configuration) }],
    namespaceSelector: inTenants,
    rules: managedRules,
  };
  return [
    ...validatingPolicy<ManagedFacts>({
      ...shared,
      name: 'objects.managed.tenantry.dev',
      resources: [everything],
      objectSelector: { matchLabels: { [managedByLabel]: managedByController } },
    }),
    ...validatingPolicy<ManagedFacts>({
      ...shared,
      name: 'rulestatuses.tenantry.dev',
      resources: [ruleStatuses],
    }),
  ];
}
