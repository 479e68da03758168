import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { keyOf } from '../../kube/object.ts';
import { defineController } from '../../runtime/controller.ts';
import type { CustomQuotaDeps } from '../shared/custom-quota/deps.ts';
import { reconcileCustomQuota } from '../shared/custom-quota/reconcile-custom-quota.ts';
import { quotaController } from '../shared/quotas/controller-defaults.ts';

const fieldManager = 'projectcapsule.dev/custom-quota';

/** Counts the objects of a namespace. */
export const customQuotaController = defineController<CustomQuotaDeps>()({
  kind: CustomQuota,
  name: 'custom-quota-controller',
  fieldManager,
  ...quotaController,
  reconcile: (quota, deps, run) =>
    reconcileCustomQuota(
      quota,
      {
        type: CustomQuota.type,
        ledger: keyOf(quota),
        fieldManager,
        itemsOf: (cache) => cache.list(quota.metadata.namespace),
      },
      deps,
      run,
    ),
});
