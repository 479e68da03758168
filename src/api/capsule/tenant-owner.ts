import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { reconcileStatus } from '../meta.ts';
import { capsuleGroup } from './group.ts';
import { ownerFields } from './owner.ts';

const TenantOwnerSpec = z
  .object({
    aggregate: z
      .boolean()
      .describe('The owner is one of the users that tenancy is enforced for.')
      .default(true),
    ...ownerFields,
  })
  .describe('The owner, and its roles.');

const TenantOwnerStatus = z
  .object({
    ...reconcileStatus,
    tenants: z.array(z.string()).describe('Tenants it owns.').exactOptional(),
  })
  .describe('What was last observed.');

/** An owner of every Tenant that selects it. */
export const TenantOwner = defineKind({
  group: capsuleGroup,
  kind: 'TenantOwner',
  plural: 'tenantowners',
  singular: 'tenantowner',
  shortNames: ['to'],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta2' }],
  description: 'An owner of every Tenant that selects it.',
  columns: [readyColumn, ageColumn],
  shape: {},
  crdAnnotations: {},
  spec: TenantOwnerSpec,
  status: TenantOwnerStatus,
});
export type TenantOwner = ObjectOf<typeof TenantOwner>;
