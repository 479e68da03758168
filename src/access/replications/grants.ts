import { GlobalTenantResource } from '../../api/capsule/global-tenant-resource.ts';
import {
  managedByController,
  managedByLabel,
  replicationAnnotation,
} from '../../api/capsule/labels.ts';
import type { NamespacedAccount } from '../../api/capsule/replication.ts';
import { TenantResource } from '../../api/capsule/tenant-resource.ts';
import type { KubeObject } from '../../kube/object.ts';
import { clusterRole, clusterRoleBinding } from '../tenancy/ownership.ts';
import { capsuleGroup, Verb } from '../tenancy/vocabulary.ts';
import { formatReplicationId, grantNameOf, type ReplicationId } from './replication-id.ts';

/** Name of the role of a replication, and of its binding. */
export function replicationRoleName(id: ReplicationId): string {
  return `capsule:replication:${grantNameOf(id)}`;
}

/** The role that lets an account act for a replication, and its binding to the account. */
export function replicationGrant(
  id: ReplicationId,
  account: NamespacedAccount,
): [KubeObject, KubeObject] {
  const isGlobal = id.kind === 'GlobalTenantResource';
  const { plural } = isGlobal ? GlobalTenantResource : TenantResource;
  const metadata = {
    name: replicationRoleName(id),
    labels: { [managedByLabel]: managedByController },
    annotations: { [replicationAnnotation]: formatReplicationId(id) },
  };
  const rule = {
    apiGroups: [capsuleGroup],
    resources: [plural],
    resourceNames: [grantNameOf(id)],
    verbs: [Verb.Replicate],
  };
  const name = `system:serviceaccount:${account.namespace}:${account.name}`;
  return [
    clusterRole(metadata, [rule]),
    clusterRoleBinding(metadata, [{ kind: 'ServiceAccount', name }]),
  ];
}
