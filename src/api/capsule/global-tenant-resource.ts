import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { LabelSelector } from '../label-selector.ts';
import { replicationColumns } from './columns.ts';
import { capsuleGroup } from './group.ts';
import { NamespacedAccount, replicationFields, replicationStatusFields } from './replication.ts';

const GlobalTenantResourceSpec = z
  .object({
    ...replicationFields,
    scope: z
      .enum(['Namespace', 'Tenant', 'None'])
      .describe('Whether for each namespace of each tenant, once for each tenant, or once.')
      .default('Namespace'),
    serviceAccount: NamespacedAccount.describe(
      'As whom it is done; see the page for what holds without.',
    ).exactOptional(),
    tenantSelector: LabelSelector.describe('Tenants it is for; all if absent.').exactOptional(),
  })
  .describe('What is replicated to which tenants.');
export type GlobalTenantResourceSpec = z.output<typeof GlobalTenantResourceSpec>;

const GlobalTenantResourceStatus = z
  .object({
    ...replicationStatusFields,
    selectedTenants: z.array(z.string()).describe('Tenants it is for.').exactOptional(),
  })
  .describe('What was last observed and done.');
export type GlobalTenantResourceStatus = z.output<typeof GlobalTenantResourceStatus>;

/** Objects that an administrator has in the namespaces of many tenants. */
export const GlobalTenantResource = defineKind({
  group: capsuleGroup,
  kind: 'GlobalTenantResource',
  plural: 'globaltenantresources',
  singular: 'globaltenantresource',
  shortNames: ['gtr'],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta2' }],
  description: 'Objects that an administrator has in the namespaces of many tenants.',
  columns: replicationColumns,
  shape: {},
  crdAnnotations: {},
  spec: GlobalTenantResourceSpec,
  status: GlobalTenantResourceStatus,
});
export type GlobalTenantResource = ObjectOf<typeof GlobalTenantResource>;
