import { z } from 'zod';
import { withRules } from '../../fields.ts';
import { Match } from './match.ts';

const KeyRule = z.object({
  default: z.string().describe('Value of objects that lack the key.').exactOptional(),
  managed: z.string().describe('Value that wins over the user’s.').exactOptional(),
  required: z.boolean().describe('The key must be there.').default(false),
  values: z.array(Match).describe('Values the key may have.').exactOptional(),
});
const keys = z.record(z.string(), KeyRule);

/** Rules about labels and annotations of some kinds. */
export const MetadataRules = withRules(
  z.object({
    annotations: keys.describe('Rules by annotation, or by a pattern of it.').exactOptional(),
    apiGroups: z
      .array(z.string())
      .describe('API groups of the kinds; the core group if absent.')
      .exactOptional(),
    kinds: z.array(z.string().min(1)).min(1).describe('Kinds it is about; `*` is any.'),
    labels: keys.describe('Rules by label, or by a pattern of it.').exactOptional(),
  }),
  [
    {
      rule: 'has(self.labels) || has(self.annotations)',
      message: 'at least one of labels or annotations must be set',
      holds: ({ labels, annotations }) => labels !== undefined || annotations !== undefined,
    },
  ],
);
