import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import type {
  ResourceQuotaLedger,
  ResourceReservation,
} from '../../api/capsule/quantity-ledger.ts';
import { globalLedgerName } from '../../access/quotas/global-names.ts';
import { reservationMs, reserve } from '../../access/quotas/ledger.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readAmounts, writeAmounts } from '../../kube/resource-list.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import { deny, type Denial } from '../verdict.ts';
import type { Addition } from './counted-request.ts';
import { inTurn } from '../ledgers/in-turn.ts';
import {
  entryOf,
  maxAttempts,
  readLedger,
  statusOf,
  writeLedger,
  type Reserved,
} from '../ledgers/ledger-access.ts';

const reason = 'GlobalResourceQuotaExceeded';

/** Enters a request into the ledger of a quota, or says why it cannot be. A dry run is only weighed. */
export async function reserveIn(
  quota: GlobalResourceQuota,
  addition: Addition,
  { request, admission }: { request: AdmissionRequest; admission: AdmissionContext },
): Promise<Reserved | Denial> {
  const { name, uid = '' } = quota.metadata;
  const key = { namespace: admission.home, name: globalLedgerName({ name, uid }) };
  const entry = entryFor(quota, addition, { request, nowMs: admission.clock.now() });
  const hard = readAmounts(quota.spec.quota.hard);
  return await inTurn(`${key.namespace}/${key.name}`, async () => {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const ledger = await readLedger(key, admission);
      const unready = ledger ? unreadiness(ledger, quota, request) : 'its ledger does not exist';
      if (!ledger || unready)
        return deny(reason, `GlobalResourceQuota "${name}" is not ready: ${unready}`);
      const result = reserve(bookOf(ledger), entry, { hard, nowMs: admission.clock.now() });
      if ('full' in result) break;
      if ('exceeded' in result)
        return deny(reason, `resource exceeds GlobalResourceQuota "${name}": ${result.exceeded}`);
      if (
        request.dryRun ||
        (await writeLedger(key, ledger, { resourceQuota: result.ledger }, admission))
      )
        return { ledger: key, id: entry.id };
    }
    return deny(reason, `GlobalResourceQuota "${name}" is busy: try again`, 429);
  });
}

function entryFor(
  { metadata }: GlobalResourceQuota,
  { usage, delta }: Addition,
  { request, nowMs }: { request: AdmissionRequest; nowMs: number },
): ResourceReservation {
  const entry = entryOf(request, { quota: metadata.name, nowMs, forMs: reservationMs });
  return { ...entry, usage: writeAmounts(usage), delta: writeAmounts(delta) };
}

/** Until use has been counted for what the quota says now, nobody can say what is left. */
function unreadiness(
  ledger: KubeObject,
  { metadata }: GlobalResourceQuota,
  { namespace = '' }: AdmissionRequest,
): string | undefined {
  const { targetRef } = ledger['spec'] as { targetRef?: { uid?: string } };
  const { initialized, observedGeneration, namespaces = [] } = bookOf(ledger);
  if (targetRef?.uid !== metadata.uid) return 'its ledger is of another quota';
  if (!initialized) return 'use has not been counted yet';
  if (observedGeneration !== metadata.generation) return 'its change has not been looked at yet';
  if (!namespaces.includes(namespace)) return 'this namespace has not been counted yet';
  return undefined;
}

function bookOf(ledger: KubeObject): ResourceQuotaLedger {
  return statusOf(ledger).resourceQuota ?? {};
}
