import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { int64 } from '../fields.ts';
import { Condition } from '../meta.ts';
import { capsuleGroup } from './group.ts';
import { NamespacePolicies } from './namespace-policies.ts';
import { NamespaceChecks } from './rules/checks.ts';
import { NamespaceRule } from './rules/rule.ts';

const RuleStatusStatus = z
  .object({
    conditions: z.array(Condition).describe('Ready.').exactOptional(),
    observedGeneration: int64
      .describe('The last metadata.generation that was acted on.')
      .exactOptional(),
    rule: NamespaceRule.describe('Deprecated and empty: see `rules`.').exactOptional(),
    rules: z.array(NamespaceRule).describe('The rules as admission reads them.').exactOptional(),
  })
  .describe('What holds in the namespace.');

/** Name of the one object of a namespace that counts; admission policies look it up by it. */
export const ruleStatusName = 'capsule-managed-rules';

/** The rules of its Tenant that hold in one namespace. Written by the control plane only. */
export const RuleStatus = defineKind({
  group: capsuleGroup,
  kind: 'RuleStatus',
  plural: 'rulestatuses',
  singular: 'rulestatus',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta2' }],
  description: 'The rules of its Tenant that hold in one namespace.',
  columns: [
    readyColumn,
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
    },
    ageColumn,
  ],
  shape: {},
  crdAnnotations: {},
  spec: z.array(NamespaceRule).describe('The rules, as the Tenant has them.'),
  status: RuleStatusStatus,
  fields: { checks: NamespaceChecks, policies: NamespacePolicies },
});
export type RuleStatus = ObjectOf<typeof RuleStatus>;
