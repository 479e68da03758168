import { z } from 'zod';
import { isQualifiedName } from '../kube/qualified-name.ts';
import { stringMap } from './fields.ts';

/**
 * Which other namespaces may use a source (RFC-0002): selectors are OR-ed, the labels of one
 * are AND-ed, an empty `matchLabels` is every namespace. Decided by src/access.
 */
export const AccessFrom = z
  .object({
    namespaceSelectors: z
      .array(
        z.object({
          matchLabels: stringMap
            .refine((labels) => Object.keys(labels).every(isQualifiedName), {
              error: 'must have keys that labels can have: [prefix/]name',
            })
            .describe('Labels a namespace must all have; empty selects every namespace.')
            .exactOptional(),
        }),
      )
      .describe('A namespace that any of these selects may refer to this object.'),
  })
  .describe(
    'Namespaces that may refer to this object across namespaces. ' +
      'Absent: only its own namespace, when source ACLs are on (--enable-source-acl).',
  );
export type AccessFrom = z.infer<typeof AccessFrom>;
