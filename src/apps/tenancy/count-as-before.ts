import { compileQuota } from '../../access/quotas/custom/compile-quota.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import type { Log } from '../../base/log.ts';
import type { CountedKinds } from '../../controllers/shared/custom-quota/counted-kinds.ts';
import {
  scopesOf,
  type AnyCustomQuota,
} from '../../controllers/shared/custom-quota/reconcile-custom-quota.ts';
import { kindsOf } from '../../controllers/shared/custom-quota/resolve-kinds.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { readerOf } from './tenancy-readers.ts';

/**
 * Counts what the process before this one counted: the webhooks are registered for it, and must stay so
 * while the quotas are looked at one by one.
 */
export async function countAsBefore(
  kinds: CountedKinds,
  {
    client,
    caches,
    signal,
    log,
  }: { client: KubeClient; caches: Caches; signal: AbortSignal; log: Log },
): Promise<void> {
  const quotas = [CustomQuota, GlobalCustomQuota].flatMap((kind) =>
    readerOf<AnyCustomQuota>(caches, kind).list(),
  );
  for (const quota of quotas) {
    try {
      const found = await kindsOf(compileQuota(quota.spec).quota, client, signal);
      const types = found.flatMap(({ type }) => (type ? [type] : []));
      kinds.use(quota.metadata.uid ?? '', scopesOf(quota, types));
    } catch (error) {
      if (signal.aborted) throw error;
      log.error('the kinds of a custom quota are not known', error, { name: quota.metadata.name });
    }
  }
}
