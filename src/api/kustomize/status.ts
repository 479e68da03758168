import { z } from 'zod';
import { int64, stringMap, timestamp } from '../fields.ts';
import { reconcileStatus } from '../meta.ts';

const InventoryEntry = z.object({
  id: z.string().describe('`<namespace>_<name>_<group>_<kind>`.'),
  v: z.string().describe("API version of the object's kind."),
  u: z
    .string()
    .describe('UID of the object as it was last applied: another of its name is not pruned.')
    .exactOptional(),
  left: z
    .enum(['pending', 'guarded'])
    .describe(
      'No longer in Git. pending: may be taken over by another Kustomization of the namespace, else it is deleted. guarded: deleted on an explicit go only.',
    )
    .exactOptional(),
});
export type InventoryEntry = z.infer<typeof InventoryEntry>;

const HistoryEntry = z.object({
  digest: z.string().describe('Digest of what was applied, `<algorithm>:<hex>`.'),
  firstReconciled: timestamp.describe('When it was first reconciled.'),
  lastReconciled: timestamp.describe('When it was last reconciled.'),
  lastReconciledDuration: z.string().describe('How long that took.'),
  lastReconciledStatus: z.string().describe('How that ended: a reason.'),
  metadata: stringMap.describe('Such as the revision it came from.').exactOptional(),
  totalReconciliations: int64.describe('How often it was reconciled.'),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

const revision = (description: string) => z.string().describe(description).exactOptional();

/** Kustomization.status. */
export const KustomizationStatus = z
  .object({
    ...reconcileStatus,
    history: z
      .array(HistoryEntry)
      .describe('The last five distinct results, newest first.')
      .exactOptional(),
    inventory: z
      .object({
        cluster: z
          .string()
          .describe('Stands for the remote cluster they are in; absent for this one.')
          .exactOptional(),
        entries: z.array(InventoryEntry).describe('One entry for each object.'),
        generation: int64
          .describe('The metadata.generation whose build the entries include.')
          .exactOptional(),
        revision: revision('The revision whose build the entries include, all of it.'),
      })
      .describe('The objects this Kustomization applied and may prune.')
      .exactOptional(),
    lastAppliedOriginRevision: revision(
      'The revision at the origin of the last applied artifact, if the artifact says so.',
    ),
    lastAppliedRevision: revision('The last revision that was applied with success.'),
    lastAttemptedRevision: revision('The last revision that was tried.'),
  })
  .describe('What was last observed and applied.');
export type KustomizationStatus = z.output<typeof KustomizationStatus>;
