import { z } from 'zod';
import { namespaceName, objectName } from './names.ts';
import { clusterRoles } from './owner.ts';

/** By which accounts a tenant is deployed: they own it, and need no annotation. Additive. */
export const GitOps = z.object({
  clusterRoles: clusterRoles.describe(
    'ClusterRoles of the accounts in every namespace of the tenant.',
  ),
  distributeKubeconfigs: z
    .boolean()
    .describe('Their kubeconfigs are in every namespace of the tenant, rather than at home only.')
    .default(false),
  namespace: namespaceName.describe(
    'Home of the accounts; it is part of no other tenant, and need not be of this one.',
  ),
  serviceAccounts: z
    .array(objectName)
    .min(1)
    .max(32)
    .describe('Names of the ServiceAccounts that deploy the tenant.'),
});
export type GitOps = z.output<typeof GitOps>;
