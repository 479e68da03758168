import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { customQuotaColumns, customQuotaSpec, customQuotaStatus } from './custom-quota-spec.ts';
import { capsuleGroup } from './group.ts';

const CustomQuotaStatus = z.object(customQuotaStatus).describe('What was last observed.');
export type CustomQuotaStatus = z.output<typeof CustomQuotaStatus>;

/** A limit on what the objects of a namespace add up to. */
export const CustomQuota = defineKind({
  group: capsuleGroup,
  kind: 'CustomQuota',
  plural: 'customquotas',
  singular: 'customquota',
  shortNames: ['cq'],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta2' }],
  description: 'A limit on what the objects of a namespace add up to.',
  columns: customQuotaColumns,
  shape: {},
  crdAnnotations: {},
  spec: z.object(customQuotaSpec).describe('What is counted, and how much there may be.'),
  status: CustomQuotaStatus,
});
export type CustomQuota = ObjectOf<typeof CustomQuota>;
