import type { ResourcePool } from '../../api/capsule/resource-pool.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { PoolBook } from '../shared/pool-book.ts';

/** What all ResourcePoolClaims of a process share. */
export interface ResourcePoolClaimDeps {
  client: KubeClient;
  /** Those that can be read. */
  pools(): readonly ResourcePool[];
  namespace(name: string): KubeObject | undefined;
  book: PoolBook;
}
