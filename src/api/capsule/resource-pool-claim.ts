import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { Condition, reconcileStatus } from '../meta.ts';
import { resourceList } from '../native/quantity.ts';
import { capsuleGroup } from './group.ts';

const ResourcePoolClaimSpec = z
  .object({
    claim: resourceList.describe('What is claimed.'),
    pool: z
      .string()
      .describe('Name of the pool; one that has what is claimed, if empty or absent.')
      .exactOptional(),
  })
  .describe('What is claimed from which pool.');

const ResourcePoolClaimStatus = z
  .object({
    ...reconcileStatus,
    allocation: z
      .object({
        available: resourceList.describe('Not used.').exactOptional(),
        hard: resourceList.describe('What was got.').exactOptional(),
        used: resourceList.describe('Not used.').exactOptional(),
      })
      .describe('What was got from the pool.')
      .exactOptional(),
    condition: Condition.describe('Deprecated and absent: see `conditions`.').exactOptional(),
    pool: z
      .object({
        name: z.string().describe('Name of the pool.'),
        uid: z.string().describe('UID of the pool.'),
      })
      .describe('The pool it belongs to.')
      .exactOptional(),
  })
  .describe('What was last observed and decided.');
export type ResourcePoolClaimStatus = z.output<typeof ResourcePoolClaimStatus>;

const condition = (type: string, field: 'status' | 'message') =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

/** A claim of a namespace on a pool. */
export const ResourcePoolClaim = defineKind({
  group: capsuleGroup,
  kind: 'ResourcePoolClaim',
  plural: 'resourcepoolclaims',
  singular: 'resourcepoolclaim',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta2' }],
  description: 'A claim of a namespace on a pool.',
  columns: [
    { name: 'Pool', type: 'string', jsonPath: '.status.pool.name' },
    readyColumn,
    { name: 'Message', type: 'string', jsonPath: condition('Ready', 'message') },
    { name: 'Bound', type: 'string', jsonPath: condition('Bound', 'status') },
    { name: 'Reason', type: 'string', jsonPath: condition('Bound', 'message') },
    ageColumn,
  ],
  shape: {},
  crdAnnotations: {},
  spec: ResourcePoolClaimSpec,
  status: ResourcePoolClaimStatus,
});
export type ResourcePoolClaim = ObjectOf<typeof ResourcePoolClaim>;
