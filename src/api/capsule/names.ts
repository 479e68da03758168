import { z } from 'zod';

/** Name of an object that is at most a DNS label. */
export const objectName = z
  .string()
  .max(63, { abort: true })
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** Name of a namespace; the pattern is upstream's to the letter. */
export const namespaceName = z
  .string()
  .max(253, { abort: true })
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
