import { z } from 'zod';

const quantityPattern =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';
const quantityRegExp = new RegExp(quantityPattern);

/** resource.Quantity: a number, or a string such as `500m` or `2Gi`; as users wrote it. */
export const quantity = z
  .unknown()
  .refine(
    (value) =>
      (typeof value === 'number' && Number.isInteger(value)) ||
      (typeof value === 'string' && quantityRegExp.test(value)),
    { error: 'must be a quantity such as 2, 500m or 2Gi' },
  )
  .meta({ pattern: quantityPattern, 'x-kubernetes-int-or-string': true })
  .transform((value) => value as string | number);

/** corev1.ResourceList. */
export const resourceList = z.record(z.string(), quantity);
