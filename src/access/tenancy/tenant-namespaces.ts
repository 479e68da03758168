import { capsuleGroup } from '../../api/capsule/group.ts';
import { RuleStatus, ruleStatusName } from '../../api/capsule/rule-status.ts';
import type { Params } from '../policy/policy.ts';
import { tenantLabel } from './vocabulary.ts';

/** Namespaces of the cluster itself: what waits there for a tenant's rules stops all of it. */
export const systemNamespaces = ['kube-system', 'kube-node-lease', 'kube-public'] as const;

/**
 * Selects the namespaces of tenants: all others never meet a policy, and pay nothing. Whatever label
 * somebody puts on them: one that names no tenant gets no rules, and so would refuse everything.
 */
export const inTenants = {
  matchExpressions: [
    { key: tenantLabel, operator: 'Exists' },
    { key: tenantLabel, operator: 'NotIn', values: [''] },
    { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...systemNamespaces] },
  ],
};

/** The tenant of the namespace that a request is in, in CEL; not known in match conditions. */
export const tenantOfNamespace = `namespaceObject.metadata.labels['${tenantLabel}']`;

/**
 * What the Tenant says about the namespace of a request, as `params`. While it has not been written
 * yet, whoever needs it is refused; a namespace's own ServiceAccount and ConfigMap do not.
 */
export const namespaceParams: Params = {
  apiVersion: `${capsuleGroup}/v1beta2`,
  kind: RuleStatus.kind,
  name: ruleStatusName,
  ifMissing: 'Deny',
};
