import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { anyJson, stringMap } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';
import { LimitRangeSpec } from '../native/limit-range.ts';
import { NetworkPolicySpec } from '../native/network-policy.ts';
import { ResourceQuotaSpec } from '../native/resource-quota.ts';
import { AllowedClasses, AllowedNames, DefaultAllowedClasses } from './allowed.ts';
import { tenantColumns } from './columns.ts';
import { GitOps } from './gitops.ts';
import { capsuleGroup } from './group.ts';
import { withLegacyAnnotations } from './legacy-tenant.ts';
import { AdditionalMetadata } from './metadata.ts';
import { Owner } from './owner.ts';
import { AdditionalRoleBinding } from './role-binding.ts';
import { TenantRule } from './rules/rule.ts';
import { IngressOptions, NamespaceOptions, ServiceOptions } from './tenant-options.ts';
import { TenantStatus } from './tenant-status.ts';

const classes = (what: string) =>
  DefaultAllowedClasses.describe(`${what} that may be used.`).exactOptional();

const Permissions = z.object({
  allowOwnerPromotion: z
    .boolean()
    .describe('Labelled ServiceAccounts of the tenant become owners.')
    .default(true),
  matchOwners: z
    .array(LabelSelector)
    .describe('TenantOwners that own the tenant; those any selector selects.')
    .exactOptional(),
});

const TenantSpec = z
  .object({
    additionalRoleBindings: z
      .array(AdditionalRoleBinding)
      .describe('RoleBindings of every namespace.')
      .exactOptional(),
    containerRegistries: AllowedNames.describe(
      'Deprecated, use `rules`: registries that images may come from.',
    ).exactOptional(),
    cordoned: z
      .boolean()
      .describe('Nothing in the tenant may be changed by its users.')
      .default(false),
    data: anyJson.describe('Values for templates.').exactOptional(),
    deviceClasses: AllowedClasses.describe('DeviceClasses that may be used.').exactOptional(),
    forceTenantPrefix: z
      .boolean()
      .describe('Names of namespaces must begin with `<tenant>-`; overrides the global setting.')
      .exactOptional(),
    gatewayOptions: z
      .object({ allowedClasses: classes('GatewayClasses') })
      .describe('What Gateways may be.')
      .exactOptional(),
    gitops: GitOps.describe(
      'ServiceAccounts that deploy the tenant by Git: they own it, and get a kubeconfig.',
    ).exactOptional(),
    imagePullPolicies: z
      .array(z.enum(['Always', 'Never', 'IfNotPresent']))
      .describe('Pull policies that containers may have.')
      .exactOptional(),
    ingressOptions: IngressOptions.describe('What Ingresses may be.').exactOptional(),
    limitRanges: z
      .object({ items: z.array(LimitRangeSpec).describe('The LimitRanges.').exactOptional() })
      .describe('Deprecated: LimitRanges of every namespace.')
      .exactOptional(),
    namespaceOptions: NamespaceOptions.describe('What namespaces may be.').exactOptional(),
    networkPolicies: z
      .object({
        items: z.array(NetworkPolicySpec).describe('The NetworkPolicies.').exactOptional(),
      })
      .describe('Deprecated: NetworkPolicies of every namespace.')
      .exactOptional(),
    nodeSelector: stringMap.describe('Nodes that pods are scheduled to.').exactOptional(),
    owners: z.array(Owner).describe('Who may create namespaces in the tenant.').exactOptional(),
    permissions: Permissions.describe('Who else owns the tenant.').exactOptional(),
    podOptions: z
      .object({
        additionalMetadata: AdditionalMetadata.describe('Metadata of every Pod.').exactOptional(),
      })
      .describe('What Pods get.')
      .exactOptional(),
    preventDeletion: z.boolean().describe('The tenant may not be deleted.').default(false),
    priorityClasses: classes('PriorityClasses'),
    resourceQuotas: z
      .object({
        items: z.array(ResourceQuotaSpec).describe('The quotas.').exactOptional(),
        scope: z
          .enum(['Tenant', 'Namespace'])
          .describe('Whether a quota is for the whole tenant or for each namespace.')
          .default('Tenant'),
      })
      .describe('Deprecated: quotas.')
      .exactOptional(),
    rules: z.array(TenantRule).describe('Policies, in order.').exactOptional(),
    runtimeClasses: classes('RuntimeClasses'),
    serviceOptions: ServiceOptions.describe('What Services may be.').exactOptional(),
    storageClasses: classes('StorageClasses'),
  })
  .describe('Who owns the tenant, and what holds in its namespaces.');
export type TenantSpec = z.output<typeof TenantSpec>;

/** Owners and the namespaces they create, with the policies that hold in them. */
export const Tenant = defineKind({
  group: capsuleGroup,
  kind: 'Tenant',
  plural: 'tenants',
  singular: 'tenant',
  shortNames: ['tnt'],
  categories: [],
  scope: 'Cluster',
  versions: [
    { name: 'v1beta2' },
    { name: 'v1beta1', deprecationWarning: 'v1beta1 Tenant is deprecated, upgrade to v1beta2' },
  ],
  description: 'Owners and the namespaces they create, with the policies that hold in them.',
  columns: tenantColumns,
  shape: {},
  crdAnnotations: {},
  spec: TenantSpec,
  status: TenantStatus,
  foldLegacy: withLegacyAnnotations,
});
export type Tenant = ObjectOf<typeof Tenant>;
