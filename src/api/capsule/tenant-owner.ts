import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { int64 } from '../fields.ts';
import { Condition } from '../meta.ts';
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
    conditions: z.array(Condition).describe('Ready.').exactOptional(),
    lastHandledReconcileAt: z
      .string()
      .describe(
        'The last value of the annotation reconcile.fluxcd.io/requestedAt that was handled.',
      )
      .exactOptional(),
    observedGeneration: int64
      .describe('The last metadata.generation that was acted on.')
      .exactOptional(),
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
