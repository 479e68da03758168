import { z } from 'zod';
import { LabelSelector } from '../label-selector.ts';

/** Names that are allowed: listed, or matching a pattern. */
export const AllowedNames = z.object({
  allowed: z.array(z.string()).describe('Names that are allowed.').exactOptional(),
  allowedRegex: z
    .string()
    .describe('Deprecated: pattern of names that are allowed.')
    .exactOptional(),
});
export type AllowedNames = z.infer<typeof AllowedNames>;

/** Classes that are allowed: by name, by pattern, or by their labels. */
export const AllowedClasses = AllowedNames.extend(LabelSelector.shape);
export type AllowedClasses = z.infer<typeof AllowedClasses>;

/** {@link AllowedClasses} with the class of objects that name none. */
export const DefaultAllowedClasses = AllowedClasses.extend({
  default: z.string().describe('Class of objects that name none.').exactOptional(),
});
export type DefaultAllowedClasses = z.infer<typeof DefaultAllowedClasses>;
