import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants } from '../tenancy/tenant-namespaces.ts';

/** On a Namespace of a tenant, `true`: something in it deploys, and needs its account to the end. */
export const holdLabel = 'tenantry.dev/holds-identities';

/** Whose requests the policy is about: it empties namespaces that are being deleted. */
const namespaceController = 'system:serviceaccount:kube-system:namespace-controller';

/** A deletion by the namespace controller, in a namespace that bears the label. */
export interface HoldFacts {
  username: string;
  namespaceLabels: Readonly<Record<string, string>>;
}

/** The label selects the namespace (see the binding), so what is left to ask is who deletes. */
export const identitiesOutliveDeployers: Rule<HoldFacts> = {
  name: 'identities-outlive-deployers',
  cel: `request.userInfo.username != '${namespaceController}'`,
  holds: ({ username, namespaceLabels }) =>
    username !== namespaceController || namespaceLabels[holdLabel] !== 'true',
  message:
    'kept until the Kustomizations and HelmReleases of the namespace, which act by it, are gone',
};

/**
 * In a namespace that is being deleted, accounts, roles and credentials go last: what deploys by them
 * must be able to take away what it deployed elsewhere. The only policy that is about a housekeeper
 * of the cluster, about its deletions of these kinds alone, and only where the label says so.
 */
export function identityPolicies(): Policy[] {
  return validatingPolicy<HoldFacts>({
    name: 'identities.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['DELETE'],
        resources: ['serviceaccounts', 'secrets', 'configmaps'],
      },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        apiVersions: ['v1'],
        operations: ['DELETE'],
        resources: ['roles', 'rolebindings'],
      },
    ],
    matchConditions: [
      {
        name: 'namespace-controller',
        expression: `request.userInfo.username == '${namespaceController}'`,
      },
    ],
    variables: [],
    namespaceSelector: {
      ...inTenants,
      matchLabels: { [holdLabel]: 'true' },
    },
    rules: [identitiesOutliveDeployers],
  });
}
