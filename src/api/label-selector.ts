import { z } from 'zod';
import { stringMap } from './fields.ts';

const Requirement = z.object({
  key: z.string().describe('Label the requirement is about.'),
  operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
  values: z
    .array(z.string())
    .describe('Values, for In and NotIn; empty for Exists and DoesNotExist.')
    .exactOptional(),
});

/** metav1.LabelSelector: labels and requirements are AND-ed; empty selects everything. */
export const LabelSelector = z.object({
  matchExpressions: z
    .array(Requirement)
    .describe('Requirements that all must hold.')
    .exactOptional(),
  matchLabels: stringMap.describe('Labels that must have exactly these values.').exactOptional(),
});
export type LabelSelector = z.infer<typeof LabelSelector>;
