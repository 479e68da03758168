import { globalQuotaLabel } from '../../api/capsule/labels.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { globalLedgerName } from '../../access/quotas/global-names.ts';
import { countedLedger, type Counted } from '../../access/quotas/ledger.ts';
import type { Run } from '../../runtime/run.ts';
import { keepLedger as keep } from '../shared/quotas/keep-ledger.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';
import type { Observed } from './observe.ts';

export const fieldManager = 'projectcapsule.dev/global-resource-quota';

/** Enters what was counted into the ledger of the quota; writes nothing when it is there already. */
export async function keepLedger(
  { name, uid }: Observed,
  counted: Counted,
  { client, home, ledger }: GlobalResourceQuotaDeps,
  { clock, signal }: Run<unknown>,
): Promise<void> {
  const key = { namespace: home, name: globalLedgerName({ name, uid }) };
  await keep(
    {
      key,
      target: { type: GlobalResourceQuota.type, key: { name }, uid },
      labels: { [globalQuotaLabel]: name },
    },
    ({ resourceQuota = {} }) => ({
      resourceQuota: countedLedger(resourceQuota, counted, clock.now()),
    }),
    { client, known: ledger(key.name), fieldManager, signal },
  );
}
