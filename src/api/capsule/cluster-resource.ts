import { z } from 'zod';
import { LabelSelector } from '../label-selector.ts';

const defaultOperations = ['List' as const, 'Get' as const];

/** Cluster-scoped objects that the tenant proxy shows to somebody. */
export const ClusterResource = z.object({
  apiGroups: z
    .array(z.string())
    .describe(
      'API groups, or `<group>/<version>`; `*` stands for any text, the empty text for the core group.',
    ),
  operations: z
    .array(z.enum(['List', 'Get']))
    .describe('What is shown: lists and watches, which includes single objects, or these alone.')
    .default(() => [...defaultOperations])
    .meta({ default: defaultOperations }),
  resources: z.array(z.string()).describe('Plural names of kinds; `*` is any.'),
  selector: LabelSelector.describe('Objects that are shown. An empty one shows none.'),
});
export type ClusterResource = z.infer<typeof ClusterResource>;
