import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import {
  QuantityLedger,
  type ResourceQuotaLedger,
  type ResourceReservation,
} from '../../api/capsule/quantity-ledger.ts';
import { globalLedgerName } from '../../access/quotas/global-names.ts';
import { reservationMs, reserve, withdraw } from '../../access/quotas/ledger.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { JsonValue, KubeObject, ObjectKey } from '../../kube/object.ts';
import { readAmounts, writeAmounts } from '../../kube/resource-list.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import { deny, type Denial } from '../verdict.ts';
import type { Addition } from './counted-request.ts';
import { inTurn } from './in-turn.ts';

/** Writers of a ledger are this process, one at a time, other replicas and the controller. */
const maxAttempts = 12;
const reason = 'GlobalResourceQuotaExceeded';

/** A request that is entered in a ledger. */
export interface Reserved {
  ledger: ObjectKey;
  id: string;
}

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
      const ledger = await read(key, admission);
      const unready = ledger ? unreadiness(ledger, quota, request) : 'its ledger does not exist';
      if (!ledger || unready)
        return deny(reason, `GlobalResourceQuota "${name}" is not ready: ${unready}`);
      const result = reserve(bookOf(ledger), entry, { hard, nowMs: admission.clock.now() });
      if ('full' in result) break;
      if ('exceeded' in result)
        return deny(reason, `resource exceeds GlobalResourceQuota "${name}": ${result.exceeded}`);
      if (request.dryRun || (await write(key, ledger, result.ledger, admission)))
        return { ledger: key, id: entry.id };
    }
    return deny(reason, `GlobalResourceQuota "${name}" is busy: try again`, 429);
  });
}

/** Takes entries back: a later quota has refused the request. */
export async function withdrawAll(
  reserved: readonly Reserved[],
  admission: AdmissionContext,
): Promise<void> {
  for (const { ledger: key, id } of reserved) {
    await inTurn(`${key.namespace}/${key.name}`, async () => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const ledger = await read(key, admission);
        if (!ledger || (await write(key, ledger, withdraw(bookOf(ledger), id), admission))) return;
      }
    });
  }
}

function entryFor(
  { metadata }: GlobalResourceQuota,
  { usage, delta }: Addition,
  { request, nowMs }: { request: AdmissionRequest; nowMs: number },
): ResourceReservation {
  const now = new Date(nowMs).toISOString();
  const { kind, namespace = '', name } = request;
  return {
    id: `${request.uid}/${metadata.name}`,
    objectRef: {
      apiGroup: kind.group,
      apiVersion: kind.version,
      kind: kind.kind,
      namespace,
      ...(name !== '' && { name }),
    },
    usage: writeAmounts(usage),
    delta: writeAmounts(delta),
    createdAt: now,
    updatedAt: now,
    expiresAt: new Date(nowMs + reservationMs).toISOString(),
  };
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
  const status = ledger['status'] as { resourceQuota?: ResourceQuotaLedger } | undefined;
  return status?.resourceQuota ?? {};
}

async function read(key: ObjectKey, { client }: AdmissionContext): Promise<KubeObject | undefined> {
  try {
    return await client.get(QuantityLedger.type, key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** False when somebody else wrote meanwhile. */
async function write(
  key: ObjectKey,
  { metadata }: KubeObject,
  book: ResourceQuotaLedger,
  { client }: AdmissionContext,
): Promise<boolean> {
  const { resourceVersion = '' } = metadata;
  const body = { metadata: { resourceVersion }, status: { resourceQuota: book } } as JsonValue;
  try {
    const options = {
      subresource: 'status' as const,
      fieldManager: 'projectcapsule.dev/admission',
    };
    await client.patch(QuantityLedger.type, key, { type: 'merge', body }, options);
    return true;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return false;
    throw error;
  }
}
