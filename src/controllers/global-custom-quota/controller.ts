import {
  countedNamespaces,
  isCountedNamespace,
  sparedNamespaces,
} from '../../access/quotas/custom/counted-namespaces.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { defineController } from '../../runtime/controller.ts';
import type { CustomQuotaDeps } from '../shared/custom-quota/deps.ts';
import { reconcileCustomQuota } from '../shared/custom-quota/reconcile-custom-quota.ts';
import { quotaController } from '../shared/quotas/controller-defaults.ts';

const fieldManager = 'projectcapsule.dev/global-custom-quota';

/** Counts the objects of several namespaces, or of the cluster. */
export const globalCustomQuotaController = defineController<CustomQuotaDeps>()({
  kind: GlobalCustomQuota,
  name: 'global-custom-quota-controller',
  fieldManager,
  ...quotaController,
  reconcile(quota, deps, run) {
    const { home } = deps;
    const all = deps.namespaces.list();
    const namespaces = countedNamespaces(quota.spec.namespaceSelectors, all, home);
    run.record({ namespaces });
    const isCounted = isCountedNamespace(new Set(namespaces), sparedNamespaces(all, home));
    return reconcileCustomQuota(
      quota,
      {
        type: GlobalCustomQuota.type,
        ledger: { namespace: home, name: quota.metadata.name },
        fieldManager,
        itemsOf: (cache) => cache.list().filter(({ metadata }) => isCounted(metadata.namespace)),
      },
      deps,
      // Its status has all that is recorded for either kind.
      run,
    );
  },
});
