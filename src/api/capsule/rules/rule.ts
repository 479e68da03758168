import { z } from 'zod';
import { LabelSelector } from '../../label-selector.ts';
import { ResourceQuotaSpec } from '../../native/resource-quota.ts';
import { AdditionalRoleBinding } from '../role-binding.ts';
import { IngressRules } from './ingress.ts';
import { MetadataRules } from './metadata.ts';
import { ServiceRules } from './services.ts';
import { WorkloadRules } from './workloads.ts';

/** Whom a rule is about; everybody if it names nobody. */
const Audience = z.object({
  kind: z
    .enum(['User', 'Group', 'ServiceAccount', 'Custom'])
    .describe('User, Group, ServiceAccount, or Custom for a class of users.'),
  name: z
    .string()
    .describe('Name; of Custom: CapsuleUser, Administrator, TenantOwner or Controller.'),
});

const Enforce = z.object({
  action: z
    .enum(['allow', 'deny', 'audit'])
    .describe('What becomes of what matches. The last match of allow and deny wins.')
    .default('deny'),
  ingress: IngressRules.describe('Host names.').exactOptional(),
  metadata: z.array(MetadataRules).describe('Labels and annotations.').exactOptional(),
  services: ServiceRules.describe('Services.').exactOptional(),
  workloads: WorkloadRules.describe('Pods.').exactOptional(),
});

const Quota = ResourceQuotaSpec.extend({
  name: z
    .string()
    .min(1)
    .max(63, { abort: true })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe('Name of the quota within the rule.'),
});

const Promotion = z.object({
  clusterRoles: z.array(z.string()).describe('ClusterRoles that the promoted get.').exactOptional(),
  selector: LabelSelector.describe('ServiceAccounts that are promoted.').exactOptional(),
});

const audience = z.array(Audience).describe('Whom it is about; all if absent.').exactOptional();
const enforce = Enforce.describe('What requests may ask for.').exactOptional();
const quota = z
  .array(Quota)
  .describe('Quotas over all namespaces the rule is about.')
  .exactOptional();

/** One rule of a Tenant. */
export const TenantRule = z.object({
  audience,
  enforce,
  namespaceSelector: LabelSelector.describe(
    'Namespaces of the tenant it is about; all if absent.',
  ).exactOptional(),
  permissions: z
    .object({
      bindings: z
        .array(AdditionalRoleBinding)
        .describe('RoleBindings in those namespaces.')
        .exactOptional(),
      promotions: z
        .array(Promotion)
        .describe('ServiceAccounts that get roles in those namespaces.')
        .exactOptional(),
    })
    .describe('Roles in those namespaces.')
    .exactOptional(),
  quota,
});
export type TenantRule = z.infer<typeof TenantRule>;

/** A rule as it holds in one namespace. */
export const NamespaceRule = z.object({ audience, enforce, quota });
export type NamespaceRule = z.infer<typeof NamespaceRule>;
