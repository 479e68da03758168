import type { ReplicationAccount } from '../../../access/replications/account.ts';
import {
  formatReplicationId,
  type ReplicationId,
  type ReplicationKind,
} from '../../../access/replications/replication-id.ts';
import type { GlobalTenantResourceSpec } from '../../../api/capsule/global-tenant-resource.ts';
import type { NamespacedAccount, ProcessedItem } from '../../../api/capsule/replication.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../../kube/object.ts';

/** What both kinds say about what is replicated and how. */
export type ReplicationSpec = Omit<
  GlobalTenantResourceSpec,
  'scope' | 'serviceAccount' | 'tenantSelector'
>;

/** What both kinds know of what was replicated. */
export interface ReplicationStatus {
  processedItems?: ProcessedItem[];
  serviceAccount?: NamespacedAccount;
  selectedTenants?: string[];
  size: number;
}

/** A replication of either kind, with what its kind decides. */
export interface Replication {
  id: ReplicationId;
  /** The id in one word, as objects are marked with it. */
  mark: string;
  uid: string;
  type: ResourceType;
  spec: ReplicationSpec;
  status: ReplicationStatus;
  scope: GlobalTenantResourceSpec['scope'];
  /** Tenants it is for, sorted by name. */
  tenants: readonly Tenant[];
  account: ReplicationAccount;
  /** It may read only there, and its sources are there by default: of a tenant's own text. */
  confinedTo: Confinement | undefined;
}

/** Where a tenant's own replication may read. */
export interface Confinement {
  /** Its own namespace. */
  namespace: string;
  /** All namespaces of its tenant. */
  namespaces: ReadonlySet<string>;
}

/** The parts of a replication that its object has. */
export function identify(
  kind: ReplicationKind,
  object: KubeObject,
): Pick<Replication, 'id' | 'mark' | 'uid'> {
  const id = { kind, ...keyOf(object) };
  return { id, mark: formatReplicationId(id), uid: object.metadata.uid ?? '' };
}
