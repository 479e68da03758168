import { isDeepStrictEqual } from 'node:util';
import { managedByController, managedByLabel } from '../../../api/capsule/labels.ts';
import { QuantityLedger, type QuantityLedgerStatus } from '../../../api/capsule/quantity-ledger.ts';
import { isConflict, isNotFound } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import {
  apiVersionOf,
  type JsonValue,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';

/** The quota a ledger is about, which it ends with. */
export interface LedgerTarget {
  type: ResourceType;
  key: ObjectKey;
  uid: string;
}

export interface KeptLedger {
  key: ObjectKey;
  target: LedgerTarget;
  labels?: Readonly<Record<string, string>>;
}

export interface KeepLedgerOptions {
  client: KubeClient;
  /** The ledger as the watch knows it. */
  known: KubeObject | undefined;
  fieldManager: string;
  signal: AbortSignal;
}

/** Requests write to the ledger as well: who was slower looks again. */
const maxAttempts = 8;

/**
 * Makes the status of a ledger what `change` says of it, and the ledger if there is none; writes nothing
 * when it says so already. Answers with what the ledger says then.
 */
export async function keepLedger(
  ledger: KeptLedger,
  change: (status: Partial<QuantityLedgerStatus>) => Partial<QuantityLedgerStatus>,
  options: KeepLedgerOptions,
): Promise<Partial<QuantityLedgerStatus>> {
  const { client, known, fieldManager, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const current = isOf(ledger, known) && attempt === 1 ? known : undefined;
    const live = current ?? (await readOrCreate(ledger, options));
    const before = ledgerStatus(live);
    const after = change(before);
    if (isDeepStrictEqual({ ...before, ...after }, before)) return before;
    const { resourceVersion = '' } = live.metadata;
    // Merge patches keep what is left out, and lists are replaced as a whole.
    const body = { metadata: { resourceVersion }, status: after } as JsonValue;
    try {
      const patch = { type: 'merge', body } as const;
      await client.patch(QuantityLedger.type, ledger.key, patch, {
        subresource: 'status',
        fieldManager,
        signal,
      });
      return { ...before, ...after };
    } catch (error) {
      const isStale = isConflict(error) || isNotFound(error);
      if (!isStale || attempt === maxAttempts) throw error;
    }
  }
}

/** What a ledger says. */
export function ledgerStatus(ledger: KubeObject | undefined): Partial<QuantityLedgerStatus> {
  return ledger?.['status'] ?? {};
}

/** Of a quota that was made anew under its name, the ledger is another's. */
function isOf({ target }: KeptLedger, ledger: KubeObject | undefined): ledger is KubeObject {
  const spec = ledger?.['spec'] as { targetRef?: { kind?: string; uid?: string } } | undefined;
  return spec?.targetRef?.kind === target.type.kind && spec.targetRef.uid === target.uid;
}

async function readOrCreate(
  ledger: KeptLedger,
  { client, fieldManager, signal }: KeepLedgerOptions,
): Promise<KubeObject> {
  const { key, target, labels } = ledger;
  const { type, uid } = target;
  try {
    const live = await client.get(QuantityLedger.type, key, { signal });
    if (isOf(ledger, live)) return live;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const { name, namespace } = target.key;
  const owner = { apiVersion: apiVersionOf(type), kind: type.kind, name, uid };
  const { object } = await client.apply(
    QuantityLedger.type,
    {
      apiVersion: apiVersionOf(QuantityLedger.type),
      kind: QuantityLedger.kind,
      metadata: {
        ...key,
        labels: { ...labels, [managedByLabel]: managedByController },
        ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      },
      spec: {
        targetRef: {
          apiGroup: type.group,
          kind: type.kind,
          ...(namespace !== undefined && { namespace }),
          name,
          uid,
        },
      },
    },
    { fieldManager, force: true, signal },
  );
  return object;
}
