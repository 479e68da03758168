import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { LabelSelector } from '../label-selector.ts';
import { customQuotaColumns, customQuotaSpec, customQuotaStatus } from './custom-quota-spec.ts';
import { capsuleGroup } from './group.ts';

const GlobalCustomQuotaStatus = z
  .object({
    ...customQuotaStatus,
    namespaces: z
      .array(z.string())
      .describe('The namespaces, sorted; `*` is all of them.')
      .exactOptional(),
  })
  .describe('What was last observed.');
export type GlobalCustomQuotaStatus = z.output<typeof GlobalCustomQuotaStatus>;

/** A limit on what the objects of several namespaces, or of the cluster, add up to. */
export const GlobalCustomQuota = defineKind({
  group: capsuleGroup,
  kind: 'GlobalCustomQuota',
  plural: 'globalcustomquotas',
  singular: 'globalcustomquota',
  shortNames: ['gcq'],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta2' }],
  description: 'A limit on what the objects of several namespaces add up to.',
  columns: customQuotaColumns,
  shape: {},
  crdAnnotations: {},
  spec: z
    .object({
      ...customQuotaSpec,
      namespaceSelectors: z
        .array(LabelSelector)
        .describe('Whose objects are counted: namespaces any selector selects; all without one.')
        .exactOptional(),
    })
    .describe('What is counted, and how much there may be.'),
  status: GlobalCustomQuotaStatus,
});
export type GlobalCustomQuota = ObjectOf<typeof GlobalCustomQuota>;
