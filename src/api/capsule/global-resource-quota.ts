import { z } from 'zod';
import { ageColumn, readyColumn, statusColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { LabelSelector } from '../label-selector.ts';
import { reconcileStatus } from '../meta.ts';
import { resourceList } from '../native/quantity.ts';
import { ResourceQuotaSpec } from '../native/resource-quota.ts';
import { capsuleGroup } from './group.ts';

const GlobalResourceQuotaSpec = z
  .object({
    namespaceSelectors: z
      .array(LabelSelector)
      .describe('Namespaces that share the quota: those any selector selects.')
      .exactOptional(),
    quota: ResourceQuotaSpec.describe('What they may use together, and what counts.'),
  })
  .describe('What several namespaces may use together.');

const GlobalResourceQuotaStatus = z
  .object({
    ...reconcileStatus,
    namespaceCount: z.int().describe('How many namespaces share it.').default(0),
    namespaceUsage: z
      .record(
        z.string(),
        z.object({ used: resourceList.describe('What it uses.').exactOptional() }),
      )
      .describe('What each namespace uses.')
      .exactOptional(),
    namespaces: z.array(z.string()).describe('The namespaces, sorted.').exactOptional(),
    total: z
      .object({
        available: resourceList.describe('What is left.').exactOptional(),
        hard: resourceList.describe('What they may use.').exactOptional(),
        used: resourceList.describe('What they use.').exactOptional(),
      })
      .describe('All namespaces together.'),
  })
  .describe('What was last observed.');
export type GlobalResourceQuotaStatus = z.output<typeof GlobalResourceQuotaStatus>;

/** A quota that several namespaces share. */
export const GlobalResourceQuota = defineKind({
  group: capsuleGroup,
  kind: 'GlobalResourceQuota',
  plural: 'globalresourcequotas',
  singular: 'globalresourcequota',
  shortNames: ['globalquota', 'grq'],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta2' }],
  description: 'A quota that several namespaces share.',
  columns: [
    { name: 'Namespaces', type: 'integer', jsonPath: '.status.namespaceCount' },
    readyColumn,
    statusColumn,
    ageColumn,
  ],
  shape: {},
  crdAnnotations: {},
  spec: GlobalResourceQuotaSpec,
  status: GlobalResourceQuotaStatus,
});
export type GlobalResourceQuota = ObjectOf<typeof GlobalResourceQuota>;
