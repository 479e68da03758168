import type { KubeObject } from '../../kube/object.ts';
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
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: [capsuleGroup],
          resources: ['tenants'],
          resourceNames: [tenant],
          verbs: [...verbs],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: owners.map(rbacSubject),
    },
  ];
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
