import { z } from 'zod';
import { resourceList } from './quantity.ts';

const list = (description: string) => resourceList.describe(description).exactOptional();

/** corev1.LimitRangeSpec. */
export const LimitRangeSpec = z.object({
  limits: z
    .array(
      z.object({
        default: list('Limit of a container that names none.'),
        defaultRequest: list('Request of a container that names none.'),
        max: list('The most that may be asked for.'),
        maxLimitRequestRatio: list('How many times the request a limit may be.'),
        min: list('The least that may be asked for.'),
        type: z.string().describe('Pod, Container or PersistentVolumeClaim.'),
      }),
    )
    .describe('The limits that are enforced.'),
});
export type LimitRangeSpec = z.infer<typeof LimitRangeSpec>;
