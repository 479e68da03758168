import type { ObjectKey } from '../../kube/object.ts';

/** The kinds that replicate. */
export type ReplicationKind = 'GlobalTenantResource' | 'TenantResource';

/** A replication, wherever it must be told from all others. */
export interface ReplicationId extends ObjectKey {
  kind: ReplicationKind;
}

/** `TenantResource/<namespace>/<name>` or `GlobalTenantResource/<name>`: no name holds a slash. */
export function formatReplicationId({ kind, namespace, name }: ReplicationId): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/**
 * What RBAC knows a replication by: of a TenantResource `<namespace>:<name>`, asked for without a
 * namespace, because roles in a namespace go before what is to be cleaned up from it.
 */
export function grantNameOf({ namespace, name }: ReplicationId): string {
  return namespace === undefined ? name : `${namespace}:${name}`;
}
