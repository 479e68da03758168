import { z } from 'zod';
import { stringMap } from '../fields.ts';

/** What an owner, user or administrator can be. */
export const ownerKinds = ['User', 'Group', 'ServiceAccount'] as const;
export type OwnerKind = (typeof ownerKinds)[number];

const serviceAccountUser = /^system:serviceaccount:[^:]+:[^:]+$/;

/**
 * The kind of an owner that names none, as older manifests do: a name that only a ServiceAccount's
 * user can have is a ServiceAccount, any other a User.
 */
export function ownerKindOf(name: string): OwnerKind {
  return serviceAccountUser.test(name) ? 'ServiceAccount' : 'User';
}

const kind = z.enum(ownerKinds).describe('User, Group or ServiceAccount.');
const name = z
  .string()
  .describe(
    'Name of the user or group; of a ServiceAccount, its user: system:serviceaccount:<namespace>:<name>.',
  );

/** A user, group or ServiceAccount, such as a user of Capsule or an administrator. */
export const Subject = z.object({ kind, name });
export type Subject = z.infer<typeof Subject>;

/** ClusterRoles of an owner who is given none in particular. */
export const defaultOwnerRoles = ['admin', 'capsule-namespace-deleter'];

export const clusterRoles = z
  .array(z.string())
  .describe('ClusterRoles bound to the owner in every namespace of the tenant.')
  .default(() => [...defaultOwnerRoles])
  .meta({ default: defaultOwnerRoles });

const ProxyOperations = z.object({
  kind: z
    .enum([
      'Nodes',
      'StorageClasses',
      'IngressClasses',
      'PriorityClasses',
      'RuntimeClasses',
      'PersistentVolumes',
    ])
    .describe('Cluster-scoped kind that the proxy shows.'),
  operations: z
    .array(z.enum(['List', 'Update', 'Delete']))
    .describe('What the owner may do with the ones it sees.'),
});
export type ProxyOperations = z.infer<typeof ProxyOperations>;

export const proxySettings = z
  .array(ProxyOperations)
  .describe('Cluster-scoped objects that the tenant proxy shows it.')
  .exactOptional();

/** Who may create namespaces in the tenant, and with which roles within them. */
export const Owner = z.object({
  annotations: stringMap.describe("Annotations of the owner's RoleBindings.").exactOptional(),
  clusterRoles,
  kind: kind.exactOptional(),
  labels: stringMap.describe("Labels of the owner's RoleBindings.").exactOptional(),
  name,
  proxySettings,
});

/** An owner as a status lists it: its roles merged from everywhere it is named. */
export const EffectiveOwner = z.object({ clusterRoles, kind, name });
export type EffectiveOwner = z.infer<typeof EffectiveOwner>;

export const ownerFields = { kind, name, clusterRoles };
