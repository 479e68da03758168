import { namesKind } from '../../access/quotas/custom/compile-quota.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { Reason } from '../../api/reasons.ts';
import { QuantityLedger } from '../../api/capsule/quantity-ledger.ts';
import { customQuotaController } from '../../controllers/custom-quota/controller.ts';
import { globalCustomQuotaController } from '../../controllers/global-custom-quota/controller.ts';
import type { CustomQuotaDeps } from '../../controllers/shared/custom-quota/deps.ts';
import type { AnyCustomQuota } from '../../controllers/shared/custom-quota/reconcile-custom-quota.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { keyOf, type Condition, type KubeObject } from '../../kube/object.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { isAskedAbout } from './asked-about.ts';
import { onSelection } from './on-selection.ts';
import { validatingWebhookType } from './register-webhooks.ts';
import type { TenancyContext } from './tenancy-context.ts';
import { readerOf } from './tenancy-readers.ts';
import { wakeSoon } from './wake-soon.ts';

/** Starts counting what custom quotas count. */
export function startCustomQuotas(context: TenancyContext): RunningController[] {
  const { runtime, client, home, managed, kinds, expressions, webhooks } = context;
  const { caches, clock } = runtime;
  const ledgers = caches.for(QuantityLedger.type);
  const deps: CustomQuotaDeps = {
    client,
    kinds,
    expressions,
    namespaces: caches.for(namespaceType),
    ledger: (key) => ledgers.get(key),
    isAskedAbout: (counted) =>
      !webhooks || isAskedAbout(managed.for(validatingWebhookType).list(), counted),
    home,
    memory: new Map(),
  };
  const running = [
    { kind: CustomQuota, controller: startController(customQuotaController, deps, runtime) },
    {
      kind: GlobalCustomQuota,
      controller: startController(globalCustomQuotaController, deps, runtime),
    },
  ];
  for (const { kind, controller } of running) {
    const wake = wakeSoon(controller, clock);
    const cache = caches.for<KubeObject>(kind.type);
    const { list } = readerOf<AnyCustomQuota>(caches, kind);
    const wakeAll = () => cache.list().forEach((quota) => wake(keyOf(quota)));
    cache.onChange(({ before, after }) => {
      if (!before || after?.metadata.uid === before.metadata.uid) return;
      kinds.drop(before.metadata.uid ?? '');
      deps.memory.delete(before.metadata.uid ?? '');
    });
    kinds.onObject((type, { before, after }) => {
      const { namespace } = (after ?? before)?.metadata ?? {};
      for (const quota of list()) {
        const isNear =
          quota.metadata.namespace === undefined || quota.metadata.namespace === namespace;
        const { sources } = quota.spec;
        if (isNear && sources.some((source) => namesKind(source, type))) wake(keyOf(quota));
      }
    });
    ledgers.onChange(({ before, after }) => {
      const target = ((after ?? before)?.['spec'] as QuantityLedger['spec'] | undefined)?.targetRef;
      if (target?.kind === kind.kind) wake(target);
    });
    managed.for(validatingWebhookType).onChange(() => {
      for (const quota of cache.list()) if (isWaiting(quota)) wake(keyOf(quota));
    });
    if (kind === GlobalCustomQuota) onSelection(caches.for(namespaceType), wakeAll);
  }
  return running.map(({ controller }) => controller);
}

/** Others have no use for what is registered. */
function isWaiting(quota: KubeObject): boolean {
  const { conditions = [] } = (quota['status'] ?? {}) as { conditions?: Condition[] };
  return conditions.some(({ type, reason }) => type === 'Ready' && reason === Reason.Progressing);
}
