import { z } from 'zod';
import { ageColumn, readyColumn, statusColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { LabelSelector } from '../label-selector.ts';
import { reconcileStatus } from '../meta.ts';
import { quantity, resourceList } from '../native/quantity.ts';
import { ResourceQuotaSpec } from '../native/resource-quota.ts';
import { capsuleGroup } from './group.ts';

const flag = (description: string) => z.boolean().describe(description).default(false);

const PoolConfig = z.object({
  defaultsZero: flag('What the pool limits and `defaults` leaves out is 0 without a claim.'),
  deleteBoundResources: flag('Claims are deleted with the pool.'),
  orderedQueue: flag('A claim that finds no room holds back those that came later.'),
});

const ResourcePoolSpec = z
  .object({
    config: PoolConfig.describe('How the pool behaves.').prefault({}).meta({ default: {} }),
    defaults: resourceList
      .describe('What every namespace may use without a claim; not taken from the pool.')
      .exactOptional(),
    quota: ResourceQuotaSpec.describe('What is in the pool, and what counts.'),
    selectors: z
      .array(LabelSelector)
      .describe('Namespaces that may claim from the pool: those any selector selects.')
      .exactOptional(),
  })
  .describe('What is in the pool, and who may claim from it.');
export type ResourcePoolSpec = z.output<typeof ResourcePoolSpec>;

const PoolClaim = z.object({
  claims: resourceList.describe('What it got.').exactOptional(),
  name: z.string().describe('Name of the claim.'),
  namespace: z.string().describe('Namespace of the claim.'),
  uid: z.string().describe('UID of the claim.'),
});
export type PoolClaim = z.output<typeof PoolClaim>;

const ResourcePoolStatus = z
  .object({
    ...reconcileStatus,
    allocation: z
      .object({
        available: resourceList.describe('What can still be claimed.').exactOptional(),
        hard: resourceList.describe('What is in the pool.').exactOptional(),
        used: resourceList.describe('What claims have got.').exactOptional(),
      })
      .describe('The pool in numbers.')
      .exactOptional(),
    claimCount: z.int().describe('How many claims have got something.').default(0),
    claims: z
      .record(z.string(), z.array(PoolClaim))
      .describe('Claims that have got something, by namespace.')
      .exactOptional(),
    exhaustions: z
      .record(
        z.string(),
        z.object({
          available: quantity.describe('What there is.').exactOptional(),
          requesting: quantity.describe('What is asked for beyond that.').exactOptional(),
        }),
      )
      .describe('Resources that claims wait for.')
      .exactOptional(),
    namespaceCount: z.int().describe('How many namespaces may claim.').default(0),
    namespaces: z.array(z.string()).describe('Namespaces that may claim.').exactOptional(),
  })
  .describe('What was last observed and decided.');
export type ResourcePoolStatus = z.output<typeof ResourcePoolStatus>;

/** Resources that namespaces claim from. */
export const ResourcePool = defineKind({
  group: capsuleGroup,
  kind: 'ResourcePool',
  plural: 'resourcepools',
  singular: 'resourcepool',
  shortNames: ['quotapool'],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta2' }],
  description: 'Resources that namespaces claim from.',
  columns: [
    { name: 'Claims', type: 'integer', jsonPath: '.status.claimCount' },
    { name: 'Namespaces', type: 'integer', jsonPath: '.status.namespaceCount' },
    readyColumn,
    statusColumn,
    ageColumn,
  ],
  shape: {},
  crdAnnotations: {},
  spec: ResourcePoolSpec,
  status: ResourcePoolStatus,
});
export type ResourcePool = ObjectOf<typeof ResourcePool>;
