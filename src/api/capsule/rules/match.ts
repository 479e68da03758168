import { z } from 'zod';
import { withRules } from '../../fields.ts';

const fields = {
  exact: z.array(z.string()).min(1).describe('Values that match exactly.').exactOptional(),
  exp: z.string().min(1).describe('Regular expression (RE2) that matches.').exactOptional(),
  negate: z.boolean().describe('Match what would not.').default(false),
};
const rule = {
  rule: 'has(self.exact) || has(self.exp)',
  message: 'at least one of exact or exp must be set',
  holds: ({ exact, exp }: { exact?: unknown; exp?: unknown }) =>
    exact !== undefined || exp !== undefined,
};

/** Values by list or by regular expression. */
export const Match = withRules(z.object(fields), [rule]);
export type Match = z.infer<typeof Match>;

/** {@link Match} of an image reference, with the pull policies it may have. */
export const RegistryMatch = withRules(
  z.object({
    ...fields,
    policy: z
      .array(z.string())
      .describe('Pull policies that images of it may have; any if absent.')
      .exactOptional(),
  }),
  [rule],
);
export type RegistryMatch = z.infer<typeof RegistryMatch>;
