import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { defineController } from '../../runtime/controller.ts';
import { quotaController, quotaFinalizer } from '../shared/quotas/controller-defaults.ts';
import type { ResourcePoolClaimDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

/** Tells a claim what its pool has decided, and chooses a pool for one that names none. */
export const resourcePoolClaimController = defineController<ResourcePoolClaimDeps>()({
  kind: ResourcePoolClaim,
  name: 'resource-pool-claim-controller',
  fieldManager: 'projectcapsule.dev/resource-pool-claim',
  finalizer: quotaFinalizer,
  ...quotaController,
  reconcile,
});
