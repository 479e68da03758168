import { z } from 'zod';
import { stringMap } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';

/** Labels and annotations that are put on objects. */
export const AdditionalMetadata = z.object({
  annotations: stringMap.describe('Annotations to put.').exactOptional(),
  labels: stringMap.describe('Labels to put.').exactOptional(),
});
export type AdditionalMetadata = z.infer<typeof AdditionalMetadata>;

/** {@link AdditionalMetadata} for the namespaces that a selector selects. */
export const SelectedMetadata = AdditionalMetadata.extend({
  namespaceSelector: LabelSelector.describe(
    'Namespaces it is for; all of the tenant if absent.',
  ).exactOptional(),
});

/** Metadata that must be there: a regular expression for the value by key. */
export const RequiredMetadata = z.object({
  annotations: stringMap.describe('Pattern of the value, by annotation.').exactOptional(),
  labels: stringMap.describe('Pattern of the value, by label.').exactOptional(),
});

/** Keys that tenants may not set. */
export const ForbiddenKeys = z.object({
  denied: z.array(z.string()).describe('Keys that are denied.').exactOptional(),
  deniedRegex: z.string().describe('Pattern of keys that are denied.').exactOptional(),
});
export type ForbiddenKeys = z.infer<typeof ForbiddenKeys>;
