import { isDeepStrictEqual } from 'node:util';
import { globalQuotaLabel, managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { QuantityLedger, type ResourceQuotaLedger } from '../../api/capsule/quantity-ledger.ts';
import { globalLedgerName } from '../../access/quotas/global-names.ts';
import { countedLedger, type Counted } from '../../access/quotas/ledger.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import { apiVersionOf, type JsonValue, type KubeObject } from '../../kube/object.ts';
import type { Run } from '../../runtime/run.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';
import type { Observed } from './observe.ts';

export const fieldManager = 'projectcapsule.dev/global-resource-quota';

/** Requests write to the ledger as well: who was slower looks again. */
const maxAttempts = 8;

/** Enters what was counted into the ledger of the quota; writes nothing when it is there already. */
export async function keepLedger(
  observed: Observed,
  counted: Counted,
  deps: GlobalResourceQuotaDeps,
  run: Run<unknown>,
): Promise<void> {
  const { name, uid } = observed;
  const key = { namespace: deps.home, name: globalLedgerName({ name, uid }) };
  for (let attempt = 1; ; attempt += 1) {
    const live = attempt === 1 ? deps.ledger(key.name) : undefined;
    const ledger = live ?? (await readOrCreate(observed, deps, run));
    const before = bookOf(ledger);
    const after = countedLedger(before, counted, run.clock.now());
    if (isDeepStrictEqual(before, after)) return;
    const { resourceVersion = '' } = ledger.metadata;
    // Merge patches keep what is left out, and lists are replaced as a whole.
    const body = { metadata: { resourceVersion }, status: { resourceQuota: after } } as JsonValue;
    try {
      await deps.client.patch(
        QuantityLedger.type,
        key,
        { type: 'merge', body },
        {
          subresource: 'status',
          fieldManager,
          signal: run.signal,
        },
      );
      return;
    } catch (error) {
      const isStale = isConflict(error) || isNotFound(error);
      if (!isStale || attempt === maxAttempts) throw error;
    }
  }
}

function bookOf(ledger: KubeObject): ResourceQuotaLedger {
  const status = ledger['status'] as { resourceQuota?: ResourceQuotaLedger } | undefined;
  return status?.resourceQuota ?? {};
}

async function readOrCreate(
  { name, uid }: Observed,
  { client, home }: GlobalResourceQuotaDeps,
  { signal }: Run<unknown>,
): Promise<KubeObject> {
  const { group, kind, version } = GlobalResourceQuota.type;
  const apiVersion = apiVersionOf({ group, version });
  const ledgerName = globalLedgerName({ name, uid });
  try {
    return await client.get(QuantityLedger.type, { namespace: home, name: ledgerName }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const { object } = await client.apply(
    QuantityLedger.type,
    {
      apiVersion: apiVersionOf(QuantityLedger.type),
      kind: QuantityLedger.kind,
      metadata: {
        name: ledgerName,
        namespace: home,
        labels: { [managedByLabel]: managedByController, [globalQuotaLabel]: name },
        ownerReferences: [
          { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: { targetRef: { apiGroup: group, kind, name, uid } },
    },
    { fieldManager, force: true, signal },
  );
  return object;
}
