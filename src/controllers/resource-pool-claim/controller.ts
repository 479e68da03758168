import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { defineController } from '../../runtime/controller.ts';
import type { ResourcePoolClaimDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

/** Events come first; looked at without one only in case one was missed. */
const intervalMs = 10 * 60 * 60_000;
const timeoutMs = 60_000;

/** Tells a claim what its pool has decided, and chooses a pool for one that names none. */
export const resourcePoolClaimController = defineController<ResourcePoolClaimDeps>()({
  kind: ResourcePoolClaim,
  name: 'resource-pool-claim-controller',
  fieldManager: 'projectcapsule.dev/resource-pool-claim',
  finalizer: 'controller.projectcapsule.dev/finalize',
  isSuspended: () => false,
  intervalMs: () => intervalMs,
  timeoutMs: () => timeoutMs,
  reconcile,
});
