import { customQuotaCalculations } from './custom-quotas/calculations.ts';
import { customQuotasValidating } from './custom-quotas/validating.ts';
import type { DefinedHook } from './hook.ts';
import { namespaceReferences } from './namespaces/references.ts';
import { namespacesMutating } from './namespaces/mutating.ts';
import { namespacesQuota } from './namespaces/quota.ts';
import { namespacesValidating } from './namespaces/validating.ts';
import { tenantOwnersValidating } from './tenant-owners/validating.ts';
import { tenantsValidating } from './tenants/validating.ts';
import { defaultsMutating } from './defaults/mutating.ts';
import { ingressMarks } from './ingresses/marks.ts';
import { ingressHosts } from './ingresses/hosts.ts';
import { configurationValidating } from './configuration/validating.ts';
import { ruleStatusesValidating } from './rule-statuses/validating.ts';
import { sharedQuotas } from './shared-quotas/shared-quotas.ts';
import { tenantsMutating } from './tenants/mutating.ts';

/** The second ring: every webhook, with the rules it asks. */
export const hooks: readonly DefinedHook[] = [
  namespacesMutating,
  namespacesValidating,
  namespacesQuota,
  tenantsMutating,
  tenantsValidating,
  tenantOwnersValidating,
  configurationValidating,
  ingressHosts,
  ruleStatusesValidating,
  sharedQuotas,
  ...customQuotasValidating,
  ...customQuotaCalculations,
  namespaceReferences,
  defaultsMutating,
  ingressMarks,
];
