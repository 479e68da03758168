import { z } from 'zod';
import { anyJson } from './fields.ts';

const optionalText = (description: string) => z.string().describe(description).exactOptional();

/** Which objects of a build a patch or an ignore rule is about; absent fields match anything. */
export const Selector = z.object({
  annotationSelector: optionalText('Label-selector expression over the annotations.'),
  group: optionalText('API group, as a regular expression anchored at both ends.'),
  kind: optionalText('Kind, as a regular expression anchored at both ends.'),
  labelSelector: optionalText('Label-selector expression over the labels.'),
  name: optionalText('Name, as a regular expression anchored at both ends.'),
  namespace: optionalText('Namespace, as a regular expression anchored at both ends.'),
  version: optionalText('API version, as a regular expression anchored at both ends.'),
});
export type Selector = z.infer<typeof Selector>;

/** A strategic merge patch or a list of JSON 6902 operations, as YAML text. */
export const Patch = z.object({
  patch: z.string().describe('The patch: a partial object, or a list of JSON 6902 operations.'),
  target: Selector.describe('The objects it applies to.').exactOptional(),
});
export type Patch = z.infer<typeof Patch>;

/** One operation of RFC 6902, as the legacy field `patchesJson6902` writes it. */
const JsonPatchOperation = z.object({
  from: optionalText('JSON pointer the value is taken from, for move and copy.'),
  op: z.enum(['test', 'remove', 'add', 'replace', 'move', 'copy']).describe('The operation.'),
  path: z.string().describe('JSON pointer the operation is about.'),
  value: anyJson.describe('The value, for add, replace and test.').exactOptional(),
});

/** The legacy form of a JSON 6902 patch: operations as objects instead of YAML text. */
export const JsonPatch = z.object({
  patch: z.array(JsonPatchOperation).describe('The operations, in order.'),
  target: Selector.describe('The objects they apply to.'),
});
export type JsonPatch = z.infer<typeof JsonPatch>;
