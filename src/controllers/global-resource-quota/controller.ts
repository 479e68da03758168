import {
  GlobalResourceQuota,
  type GlobalResourceQuotaStatus,
} from '../../api/capsule/global-resource-quota.ts';
import { defineController } from '../../runtime/controller.ts';
import type { Run } from '../../runtime/run.ts';
import { quotaController, quotaFinalizer } from '../shared/quotas/controller-defaults.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';
import { fieldManager } from './keep-ledger.ts';
import { markNamespaces } from './mark-namespaces.ts';
import { reconcile, writeQuotas } from './reconcile.ts';

/** Keeps several namespaces within one quota. */
export const globalResourceQuotaController = defineController<GlobalResourceQuotaDeps>()({
  kind: GlobalResourceQuota,
  name: 'global-resource-quota-controller',
  fieldManager,
  finalizer: quotaFinalizer,
  ...quotaController,
  reconcile,
  cleanup,
});

/** The native quotas go with it; the ledger is its own and follows. */
async function cleanup(
  quota: GlobalResourceQuota,
  deps: GlobalResourceQuotaDeps,
  run: Run<GlobalResourceQuotaStatus>,
): Promise<void> {
  await writeQuotas(quota, new Map(), deps, run);
  await markNamespaces(new Set(quota.status?.namespaces), deps, run);
  deps.decided.delete(quota.metadata.uid ?? '');
}
