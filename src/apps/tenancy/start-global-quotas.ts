import { globalQuotaLabel } from '../../api/capsule/labels.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { QuantityLedger } from '../../api/capsule/quantity-ledger.ts';
import { globalResourceQuotaController } from '../../controllers/global-resource-quota/controller.ts';
import { namespaceType, resourceQuotaType } from '../../kube/core-resources.ts';
import type { KubeObject } from '../../kube/object.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { onSelection } from './on-selection.ts';
import type { TenancyContext } from './tenancy-context.ts';
import { wakeAll } from './wake-all.ts';

/** Starts keeping namespaces within the quotas they share. */
export function startGlobalQuotas(context: TenancyContext): RunningController {
  const { runtime, client, managed, home } = context;
  const { caches } = runtime;
  const namespaces = caches.for(namespaceType);
  const ledgers = caches.for(QuantityLedger.type);
  const controller = startController(
    globalResourceQuotaController,
    {
      client,
      managed,
      namespaces: () => namespaces.list(),
      quotas: context.globalQuotas,
      ledger: (name) => ledgers.get({ namespace: home, name }),
      home,
      refusals: context.refusals,
      decided: new Map(),
    },
    runtime,
  );
  const wake = (object: KubeObject | undefined) => {
    const name = object?.metadata.labels?.[globalQuotaLabel];
    if (name !== undefined) controller.wake({ name });
  };
  managed.for(resourceQuotaType).onChange(({ before, after }) => wake(after ?? before));
  context.refusals.onNote((key) => wake(managed.for(resourceQuotaType).get(key)));
  ledgers.onChange(({ before, after }) => wake(after ?? before));
  onSelection(namespaces, () => wakeAll(caches, GlobalResourceQuota.type, controller));
  return controller;
}
