import { z } from 'zod';
import { resourceList } from './quantity.ts';

const ScopeRequirement = z.object({
  operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
  scopeName: z.string().describe('Scope the requirement is about.'),
  values: z.array(z.string()).describe('Values, for In and NotIn.').exactOptional(),
});

/** corev1.ResourceQuotaSpec. */
export const ResourceQuotaSpec = z.object({
  hard: resourceList.describe('Limit of each resource by name.').exactOptional(),
  scopeSelector: z
    .object({
      matchExpressions: z
        .array(ScopeRequirement)
        .describe('Requirements that all must hold.')
        .exactOptional(),
    })
    .describe('What the quota counts, by scope and value.')
    .exactOptional(),
  scopes: z.array(z.string()).describe('What the quota counts, by scope.').exactOptional(),
});
export type ResourceQuotaSpec = z.infer<typeof ResourceQuotaSpec>;
