import { z } from 'zod';
import { stringMap } from '../fields.ts';

const RoleSubject = z.object({
  apiGroup: z.string().describe('API group of the kind.').exactOptional(),
  kind: z.string().describe('User, Group or ServiceAccount.'),
  name: z.string().describe('Name of the subject.'),
  namespace: z.string().describe('Namespace of a ServiceAccount.').exactOptional(),
});

/** A RoleBinding that every namespace of the tenant gets. */
export const AdditionalRoleBinding = z.object({
  annotations: stringMap.describe('Annotations of the RoleBinding.').exactOptional(),
  clusterRoleName: z.string().describe('ClusterRole that is bound.'),
  labels: stringMap.describe('Labels of the RoleBinding.').exactOptional(),
  subjects: z.array(RoleSubject).min(1).describe('Who it is bound to.'),
});
export type AdditionalRoleBinding = z.infer<typeof AdditionalRoleBinding>;
