import { QuantityLedger, type QuantityLedgerStatus } from '../../api/capsule/quantity-ledger.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { JsonValue, KubeObject, ObjectKey } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import { inTurn } from './in-turn.ts';

/** Writers of a ledger are this process, one at a time, other replicas and the controller. */
export const maxAttempts = 12;

/** A request that is entered in a ledger. */
export interface Reserved {
  ledger: ObjectKey;
  id: string;
}

/** What a ledger says. */
export function statusOf(ledger: KubeObject | undefined): Partial<QuantityLedgerStatus> {
  return ledger?.['status'] ?? {};
}

/** The ledger as it is at this moment. */
export function readLedger(
  key: ObjectKey,
  { client }: AdmissionContext,
): Promise<KubeObject | undefined> {
  return readIfThere(client, QuantityLedger.type, key);
}

/** The ledger as it is after the write; undefined when somebody else wrote meanwhile. */
export async function writeLedger(
  key: ObjectKey,
  { metadata }: KubeObject,
  status: Partial<QuantityLedgerStatus>,
  { client, caches }: AdmissionContext,
): Promise<KubeObject | undefined> {
  const { resourceVersion = '' } = metadata;
  const body = { metadata: { resourceVersion }, status } as JsonValue;
  try {
    const written = await client.patch(
      QuantityLedger.type,
      key,
      { type: 'merge', body },
      { subresource: 'status', fieldManager: 'projectcapsule.dev/admission' },
    );
    caches.for(QuantityLedger.type).observe(written);
    return written;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return undefined;
    throw error;
  }
}

/** Takes entries back: a later quota has refused the request. `without` says what a ledger is without one. */
export async function withdrawAll(
  reserved: readonly Reserved[],
  without: (status: Partial<QuantityLedgerStatus>, id: string) => Partial<QuantityLedgerStatus>,
  admission: AdmissionContext,
): Promise<void> {
  for (const { ledger: key, id } of reserved) {
    await inTurn(`${key.namespace}/${key.name}`, async () => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const ledger = await readLedger(key, admission);
        if (!ledger) return;
        if (await writeLedger(key, ledger, without(statusOf(ledger), id), admission)) return;
      }
    });
  }
}

/** What every entry says: which request and object it is for, and until when it counts. */
export function entryOf(
  { uid, kind, namespace = '', name, object }: AdmissionRequest,
  { quota, nowMs, forMs }: { quota: string; nowMs: number; forMs: number },
) {
  const now = new Date(nowMs).toISOString();
  // A name that is made up is in the object by now.
  const known = name === '' ? object?.metadata.name : name;
  return {
    id: `${uid}/${quota}`,
    objectRef: {
      apiGroup: kind.group,
      apiVersion: kind.version,
      kind: kind.kind,
      ...(namespace !== '' && { namespace }),
      ...(known && { name: known }),
    },
    createdAt: now,
    updatedAt: now,
    expiresAt: new Date(nowMs + forMs).toISOString(),
  };
}
