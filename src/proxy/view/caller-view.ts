import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import type { ProxyOperations } from '../../api/capsule/owner.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';

/** Cluster-scoped kinds that a Tenant shows its owners. */
export type ProxyKind = ProxyOperations['kind'];
export type ProxyOperation = ProxyOperations['operations'][number];

/** What a caller may see, from wherever it follows. */
export interface CallerView {
  /** Tenancy is enforced for the caller. The answers to all others are those of the API server. */
  isTenantUser: boolean;
  /** Sorted by name. */
  tenants: readonly SeenTenant[];
  /** Namespaces in which a reflected RoleBinding names the caller. */
  reflected: readonly string[];
  clusterResources: readonly ClusterResource[];
}

/** A tenant that the caller sees. */
export interface SeenTenant {
  name: string;
  spec: TenantSpec;
  /** The caller is an owner, and not only named by a ProxySetting. */
  isOwned: boolean;
  operations: Readonly<Partial<Record<ProxyKind, readonly ProxyOperation[]>>>;
}

/** What a decision takes beside what the caller may see: about the kind that is asked for. */
export interface KindFacts {
  /** Where its objects are; undefined if the API server does not serve it, as far as is known. */
  scope: 'namespaced' | 'cluster' | undefined;
  /** Served by another server, which may not know of label selectors: items are looked at one by one. */
  isAggregated: boolean;
  /** Of lists over all namespaces: where the caller's own rights let it list. */
  listable: readonly ListableTenant[];
  /** Of namespaces, where no single selector means all that are seen: their names, as of this request. */
  namespaceNames?: readonly string[];
}

/** Where in a tenant a caller may list a kind: in those of its present namespaces, and in no others. */
export interface ListableTenant {
  tenant: string;
  namespaces: readonly string[];
}
