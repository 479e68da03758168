import { roleBindingLabel } from '../../../api/capsule/labels.ts';
import type { EffectiveOwner } from '../../../api/capsule/owner.ts';
import type { AdditionalRoleBinding } from '../../../api/capsule/role-binding.ts';
import { rbacSubject } from '../../../access/tenancy/ownership.ts';
import { bindingHash, roleBindingName } from '../../../access/tenancy/role-binding-name.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { childOf, type TenantIdentity } from './child.ts';

const group = 'rbac.authorization.k8s.io';

/** Labels and annotations that an owner's spec asks for on its RoleBindings. */
export interface OwnerMetadata {
  labels?: Readonly<Record<string, string>> | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** What every owner may in a namespace of the tenant: one RoleBinding for each of its roles. */
export function ownerBindings(
  owners: readonly EffectiveOwner[],
  metadataOf: (owner: EffectiveOwner) => OwnerMetadata,
): AdditionalRoleBinding[] {
  return owners.flatMap((owner) => {
    const { labels, annotations } = metadataOf(owner);
    return owner.clusterRoles.map((clusterRoleName) => ({
      clusterRoleName,
      subjects: [rbacSubject(owner)],
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations: { ...annotations } }),
    }));
  });
}

/** The RoleBindings of a namespace; equal bindings are one. */
export function roleBindings(
  tenant: TenantIdentity,
  namespace: string,
  bindings: readonly AdditionalRoleBinding[],
): KubeObject[] {
  const byHash = new Map(bindings.map((binding) => [bindingHash(binding), binding]));
  return [...byHash].map(([hash, binding]) =>
    childOf(tenant, {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: {
        name: roleBindingName(binding),
        namespace,
        labels: { ...binding.labels, [roleBindingLabel]: hash },
        ...(binding.annotations && { annotations: binding.annotations }),
      },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: binding.clusterRoleName },
      subjects: binding.subjects,
    }),
  );
}
