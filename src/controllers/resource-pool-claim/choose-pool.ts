import type { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { selectedNamespaces } from '../../access/quotas/selected-namespaces.ts';
import type { KubeObject } from '../../kube/object.ts';
import { namesBeyond, readAmounts, type Amounts } from '../../kube/resource-list.ts';

/** Whether claims of a namespace may be on a pool. */
export function mayClaim(pool: ResourcePool, namespace: KubeObject): boolean {
  const isGoing = pool.metadata.deletionTimestamp !== undefined;
  return !isGoing && selectedNamespaces(pool.spec.selectors ?? [], [namespace]).length > 0;
}

/**
 * The pool for a claim that names none: of those the namespace may claim from and that have all of
 * its resources, one with room, else any; by name among equals. Undefined when there is none.
 */
export function choosePool(
  claim: Amounts,
  namespace: KubeObject,
  pools: readonly ResourcePool[],
): ResourcePool | undefined {
  const candidates = pools
    .filter((pool) => mayClaim(pool, namespace))
    .filter(({ spec }) => [...claim.keys()].every((name) => name in (spec.quota.hard ?? {})))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return candidates.find((pool) => hasRoom(pool, claim)) ?? candidates[0];
}

function hasRoom({ status }: ResourcePool, claim: Amounts): boolean {
  const available = readAmounts(status?.allocation?.available);
  return (
    [...claim.keys()].every((name) => available.has(name)) &&
    namesBeyond(claim, available).length === 0
  );
}
