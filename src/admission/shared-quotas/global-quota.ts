import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { isSelected } from '../../access/quotas/selected-namespaces.ts';
import { hasAmounts } from '../../kube/resource-list.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import type { Verdict } from '../verdict.ts';
import { additionTo } from './counted-request.ts';
import type { SharedQuotaContext } from './context.ts';
import { withdraw } from '../../access/quotas/ledger.ts';
import { withdrawAll, type Reserved } from '../ledgers/ledger-access.ts';
import { reserveIn } from './reserve.ts';

/**
 * Every GlobalResourceQuota of the namespace has room, also for what other requests are about to use:
 * each request is entered in the ledger of each quota, or in none.
 */
export const globalQuota: AdmissionRule<SharedQuotaContext> = {
  name: 'global-resource-quota',
  async check(request, context): Promise<Verdict> {
    const reserved: Reserved[] = [];
    for (const quota of quotasOf(context)) {
      const addition = additionTo(quota.spec.quota, request);
      if (!hasAmounts(addition.delta)) continue;
      const answer = await reserveIn(quota, addition, { request, admission: context.admission });
      if ('verdict' in answer) {
        if (!request.dryRun) await withdrawAll(reserved, without, context.admission);
        return answer;
      }
      reserved.push(answer);
    }
    return undefined;
  },
};

/** In an order that all replicas share. */
function quotasOf({ namespace, quotas }: SharedQuotaContext): GlobalResourceQuota[] {
  return quotas
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ spec }) => namespace && isSelected(spec.namespaceSelectors ?? [], namespace))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

const without: Parameters<typeof withdrawAll>[1] = ({ resourceQuota = {} }, id) => ({
  resourceQuota: withdraw(resourceQuota, id),
});
