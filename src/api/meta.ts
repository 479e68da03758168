import { z } from 'zod';
import { int64, stringMap, timestamp } from './fields.ts';

/** metav1.Condition, with the API server's own bounds. */
export const Condition = z
  .object({
    type: z
      .string()
      .max(316, { abort: true })
      .regex(
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
      )
      .describe('What the condition is about, in CamelCase: Ready, Reconciling, Stalled, …'),
    status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
    observedGeneration: int64
      .min(0)
      .describe('The metadata.generation the condition was computed from.')
      .exactOptional(),
    lastTransitionTime: timestamp.describe('When `status` last changed.'),
    reason: z
      .string()
      .min(1)
      .max(1024, { abort: true })
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe('Why, as one CamelCase word that programs may rely on.'),
    message: z.string().max(32768).describe('Why, for people; says what to change.'),
  })
  .describe('One aspect of the current state of the object.');

/** Status fields that every reconciled kind has; the runtime keeps them. */
export const reconcileStatus = {
  observedGeneration: int64
    .describe('The last metadata.generation that was acted on; -1 before the first.')
    .exactOptional(),
  conditions: z
    .array(Condition)
    .describe('Ready, Reconciling, Stalled and others.')
    .exactOptional(),
  lastHandledReconcileAt: z
    .string()
    .describe('The last value of the annotation reconcile.fluxcd.io/requestedAt that was handled.')
    .exactOptional(),
};

/** Labels and annotations put on every object of a build. */
export const CommonMetadata = z
  .object({
    annotations: stringMap.describe('Annotations for each object.').exactOptional(),
    labels: stringMap.describe('Labels for each object.').exactOptional(),
  })
  .describe('Labels and annotations put on every applied object; they win over those in Git.');
