import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { replicationColumns } from './columns.ts';
import { capsuleGroup } from './group.ts';
import { objectName } from './names.ts';
import { replicationFields, replicationStatusFields } from './replication.ts';

const TenantResourceSpec = z
  .object({
    ...replicationFields,
    serviceAccount: z
      .object({ name: objectName.describe('Name of a ServiceAccount of the same namespace.') })
      .describe("As whom it is done; the configuration's default if absent.")
      .exactOptional(),
  })
  .describe('What is replicated to which namespaces of the tenant.');
export type TenantResourceSpec = z.output<typeof TenantResourceSpec>;

const TenantResourceStatus = z
  .object(replicationStatusFields)
  .describe('What was last observed and done.');
export type TenantResourceStatus = z.output<typeof TenantResourceStatus>;

/** Objects that a tenant has in several of its namespaces. */
export const TenantResource = defineKind({
  group: capsuleGroup,
  kind: 'TenantResource',
  plural: 'tenantresources',
  singular: 'tenantresource',
  shortNames: ['tr'],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta2' }],
  description: 'Objects that a tenant has in several of its namespaces.',
  columns: replicationColumns,
  shape: {},
  crdAnnotations: {},
  spec: TenantResourceSpec,
  status: TenantResourceStatus,
});
export type TenantResource = ObjectOf<typeof TenantResource>;
