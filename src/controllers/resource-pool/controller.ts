import { ResourcePool, type ResourcePoolStatus } from '../../api/capsule/resource-pool.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import { defineController } from '../../runtime/controller.ts';
import type { Run } from '../../runtime/run.ts';
import { quotaController, quotaFinalizer } from '../shared/quotas/controller-defaults.ts';
import type { ResourcePoolDeps } from './deps.ts';
import { fieldManager, writeQuotas } from './quotas.ts';
import { reconcile } from './reconcile.ts';

/** Shares what is in a pool between the claims on it. */
export const resourcePoolController = defineController<ResourcePoolDeps>()({
  kind: ResourcePool,
  name: 'resource-pool-controller',
  fieldManager,
  finalizer: quotaFinalizer,
  ...quotaController,
  reconcile,
  cleanup,
});

/** The pool's quotas go with it, and its claims if it says so. */
async function cleanup(
  pool: ResourcePool,
  deps: ResourcePoolDeps,
  run: Run<ResourcePoolStatus>,
): Promise<void> {
  const { uid = '' } = pool.metadata;
  if (pool.spec.config.deleteBoundResources) {
    const claims = Object.values(pool.status?.claims ?? {}).flat();
    for (const claim of claims) await remove(claim, deps, run);
  }
  await writeQuotas(pool, { limits: new Map(), deps, run });
  deps.decided.delete(uid);
  deps.book.drop(uid);
}

async function remove(
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  { client }: ResourcePoolDeps,
  { signal }: Run<ResourcePoolStatus>,
): Promise<void> {
  try {
    await client.delete(
      ResourcePoolClaim.type,
      { namespace, name },
      { preconditions: { uid }, signal },
    );
  } catch (error) {
    // Gone already, or made anew.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
