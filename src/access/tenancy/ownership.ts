import type { KubeObject, ObjectMeta } from '../../kube/object.ts';
import { capsuleGroup, type Verb } from './vocabulary.ts';

/** A subject of an RBAC binding. */
export interface RbacSubject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  namespace?: string;
  apiGroup?: string;
}

/** What the API server is to know of a tenant. */
export interface TenantGrants {
  tenant: string;
  /** Users, groups and ServiceAccounts; the latter by their user name or by namespace and name. */
  owners: readonly { kind: RbacSubject['kind']; name: string }[];
  verbs: readonly Verb[];
}

const rbac = 'rbac.authorization.k8s.io';

/** The ClusterRole that holds what the owners of a tenant may, and its binding to them. */
export function tenantGrants({ tenant, owners, verbs }: TenantGrants): [KubeObject, KubeObject] {
  const name = `capsule:tenant:${tenant}`;
  const rule = {
    apiGroups: [capsuleGroup],
    resources: ['tenants'],
    resourceNames: [tenant],
    verbs: [...verbs],
  };
  return [clusterRole({ name }, [rule]), clusterRoleBinding({ name }, owners)];
}

/** Name of the role that makes users of Capsule of those who live in a tenant, and gives them nothing. */
export const accountsRole = 'capsule-tenant-accounts';

/**
 * Says which ServiceAccounts live in a tenant: a RoleBinding in `home`, the namespace the control plane
 * runs in, to the groups of the accounts of these namespaces. There, because bindings of the whole
 * cluster are looked through at every request of everybody.
 */
export function accountsBinding(
  { tenant, home }: { tenant: string; home: string },
  namespaces: readonly string[],
) {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `capsule:tenant:${tenant}:accounts`, namespace: home },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: accountsRole },
    subjects: namespaces.map((namespace) =>
      rbacSubject({ kind: 'Group', name: `system:serviceaccounts:${namespace}` }),
    ),
  };
}

/** A ClusterRole with these rules. */
export function clusterRole(metadata: ObjectMeta, rules: readonly object[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules };
}

/** Binds the ClusterRole of the same name in the whole cluster. */
export function clusterRoleBinding(
  metadata: ObjectMeta,
  subjects: TenantGrants['owners'],
): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name },
    subjects: subjects.map(rbacSubject),
  };
}

const serviceAccountUser = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** An owner as RBAC names it: a ServiceAccount by namespace and name. */
export function rbacSubject({ kind, name }: TenantGrants['owners'][number]): RbacSubject {
  const [, namespace, account] = serviceAccountUser.exec(name) ?? [];
  if (kind === 'ServiceAccount' && namespace !== undefined && account !== undefined) {
    return { kind, namespace, name: account };
  }
  return { kind, name, apiGroup: rbac };
}
