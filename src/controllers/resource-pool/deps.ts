import type { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Amounts } from '../../kube/resource-list.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { PoolBook } from '../shared/pool-book.ts';

/** What all ResourcePools of a process share. */
export interface ResourcePoolDeps {
  client: KubeClient;
  /** Managed objects only. */
  managed: Caches;
  namespaces(): readonly KubeObject[];
  /** Claims that can be read, on whichever pool. */
  claims(): readonly ResourcePoolClaim[];
  book: PoolBook;
  /**
   * Limits that were decided, by uid of the pool and namespace: a quota that was just made is not in
   * the watch yet, and what it allows must not be given twice.
   */
  decided: Map<string, Map<string, Amounts>>;
}
