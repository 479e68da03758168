import { z } from 'zod';
import { withRules } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';
import { reconcileStatus } from '../meta.ts';
import { quantity } from '../native/quantity.ts';
import type { PrinterColumn } from '../define-kind.ts';
import { readinessColumns } from './columns.ts';

/** What both kinds of custom quotas are made of. */

const celExpression = z.string().min(1).max(4096);

const SourceSelector = z.object({
  ...LabelSelector.shape,
  celExpressions: z
    .array(celExpression)
    .max(64)
    .describe('CEL over `object`; all must be true. May stand beside `fieldSelectors`.')
    .exactOptional(),
  fieldSelectors: z
    .array(z.string())
    .describe(
      'JSONPaths; each must lead to something other than `false` and `0`, or be as in `.spec.type=ClusterIP` or `.spec.type!=ClusterIP`.',
    )
    .exactOptional(),
});
export type SourceSelector = z.output<typeof SourceSelector>;

const sourceConfig = {
  cel: z
    .string()
    .max(4096)
    .describe('CEL over `object` that gives a quantity, or a list of quantities to be added up.')
    .exactOptional(),
  op: z
    .enum(['add', 'sub', 'count'])
    .describe('Whether what an object has is added or subtracted, or each object counts as 1.')
    .default('add'),
  path: z
    .string()
    .describe('JSONPath of the quantities of an object, which are added up.')
    .exactOptional(),
  selectors: z
    .array(SourceSelector)
    .describe('Which objects of the kind: those any of the selectors selects; all without one.')
    .exactOptional(),
};

/** What of an object is counted. */
const QuotaSource = withRules(
  z.object({
    apiVersion: z
      .string()
      .describe('Group and version of the kind, such as `apps/v1`; `v1` if empty.')
      .exactOptional(),
    ...sourceConfig,
    kind: z.string().min(1).describe('Kind whose objects are counted.'),
  }),
  [
    {
      rule: "self.op == 'count' ? ((!has(self.path) || size(self.path) == 0) && (!has(self.cel) || size(self.cel) == 0)) : ((has(self.path) && size(self.path) > 0) != (has(self.cel) && size(self.cel) > 0))",
      message:
        "path and cel must be empty when op is 'count'; otherwise exactly one of path or cel must be set and non-empty",
      holds: ({ op, path = '', cel = '' }) =>
        op === 'count' ? path === '' && cel === '' : (path === '') !== (cel === ''),
    },
  ],
);
export type QuotaSource = z.output<typeof QuotaSource>;

const Options = z.object({
  emitMetricPerClaimUsage: z
    .boolean()
    .describe('A metric for each object that is counted.')
    .default(false),
});

export const customQuotaSpec = {
  limit: quantity.describe('How much there may be.'),
  options: Options.describe('Further options.')
    .prefault({})
    .meta({ default: { emitMetricPerClaimUsage: false } }),
  scopeSelectors: z
    .array(LabelSelector)
    .describe(
      'Which objects are counted, of all sources: those any selector selects; all without one.',
    )
    .exactOptional(),
  sources: z.array(QuotaSource).describe('What is counted.'),
};

const groupVersionKind = {
  group: z.string().describe('Its group.'),
  kind: z.string().describe('Its kind.'),
  version: z.string().describe('Its version.'),
};

const QuotaClaim = z.object({
  ...groupVersionKind,
  name: z.string().describe('Its name.'),
  namespace: z
    .string()
    .max(253, { abort: true })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
    .describe('Its namespace.')
    .exactOptional(),
  uid: z.string().describe('Its UID.'),
  usage: quantity.describe('What it uses.'),
});
export type QuotaClaim = z.output<typeof QuotaClaim>;

const QuotaTarget = z.object({
  ...groupVersionKind,
  ...sourceConfig,
  scope: z.string().describe('`namespace` or `root`.').exactOptional(),
});

export const customQuotaStatus = {
  ...reconcileStatus,
  claims: z
    .array(QuotaClaim)
    .describe('The objects that are counted, sorted; at most 1000.')
    .exactOptional(),
  targets: z.array(QuotaTarget).describe('What is counted, as it was understood.').default([]),
  usage: z
    .object({
      available: quantity.describe('What is left.').exactOptional(),
      used: quantity.describe('What there is.').exactOptional(),
    })
    .describe('The quota in numbers.')
    .exactOptional(),
};

/** What `kubectl get customquotas` shows. */
export const customQuotaColumns: readonly PrinterColumn[] = [
  { name: 'Limit', type: 'string', jsonPath: '.spec.limit' },
  { name: 'Used', type: 'string', jsonPath: '.status.usage.used' },
  { name: 'Available', type: 'string', jsonPath: '.status.usage.available' },
  ...readinessColumns,
];
