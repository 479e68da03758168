import { isDeepStrictEqual } from 'node:util';
import { poolLabel, releaseAnnotation } from '../../api/capsule/labels.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { resourcePoolClaimController } from '../../controllers/resource-pool-claim/controller.ts';
import { resourcePoolController } from '../../controllers/resource-pool/controller.ts';
import { namespaceType, resourceQuotaType } from '../../kube/core-resources.ts';
import { createPoolBook } from '../../controllers/shared/pool-book.ts';
import { keyOf, type KubeObject } from '../../kube/object.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onSelection } from './on-selection.ts';
import type { TenancyContext } from './tenancy-context.ts';
import { readerOf } from './tenancy-readers.ts';
import { wakeAll } from './wake-all.ts';

/** Starts sharing pools between the claims on them. */
export function startResourcePools(context: TenancyContext): RunningController[] {
  const { runtime, client, managed } = context;
  const { caches } = runtime;
  const claims = caches.for(ResourcePoolClaim.type);
  const namespaces = caches.for(namespaceType);
  const book = createPoolBook();
  const pools = startController(
    resourcePoolController,
    {
      client,
      managed,
      namespaces: () => namespaces.list(),
      claims: readerOf(caches, ResourcePoolClaim).list,
      book,
      decided: new Map(),
    },
    runtime,
  );
  const claiming = startController(
    resourcePoolClaimController,
    {
      client,
      pools: readerOf(caches, ResourcePool).list,
      namespace: (name) => namespaces.get({ name }),
      book,
    },
    runtime,
  );
  const wakePool = (name: string | undefined) => {
    if (name) pools.wake({ name });
  };
  const wakeClaims = () => {
    for (const claim of claims.list()) claiming.wake(keyOf(claim));
  };
  book.onChange((key) => claiming.wake(key));
  claims.onChange(({ before, after }) => {
    if (isDeepStrictEqual(wishOf(before), wishOf(after))) return;
    for (const claim of [before, after]) wakePool(poolOf(claim));
    // An annotation alone wakes nobody.
    if (after) claiming.wake(keyOf(after));
  });
  managed.for(resourceQuotaType).onChange(({ before, after }) => {
    wakePool((after ?? before)?.metadata.labels?.[poolLabel]);
  });
  onSelection(namespaces, () => {
    wakeAll(caches, ResourcePool.type, pools);
    wakeClaims();
  });
  caches.for(ResourcePool.type).onChange(({ before, after }) => {
    const selectorsOf = (pool?: KubeObject) => [pool?.['spec'], pool?.metadata.deletionTimestamp];
    if (!isDeepStrictEqual(selectorsOf(before), selectorsOf(after))) wakeClaims();
  });
  return [pools, claiming];
}

const poolOf = (claim: KubeObject | undefined) =>
  (claim?.['spec'] as { pool?: string } | undefined)?.pool;

function wishOf(claim: KubeObject | undefined): unknown {
  if (!claim) return undefined;
  const { annotations, deletionTimestamp } = claim.metadata;
  return [claim['spec'], annotations?.[releaseAnnotation], deletionTimestamp];
}
