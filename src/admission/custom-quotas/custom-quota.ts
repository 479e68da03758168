import {
  customReservationMs,
  enter,
  roomIn,
  withdrawEntry,
  type Room,
} from '../../access/quotas/custom/custom-ledger.ts';
import { isCounted, titleOf, type HeldQuota } from '../../access/quotas/custom/held-quota.ts';
import { QuantityLedger, type QuantityReservation } from '../../api/capsule/quantity-ledger.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatQuantity, parseQuantity, zeroQuantity, type Quantity } from '../../kube/quantity.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { inTurn } from '../ledgers/in-turn.ts';
import {
  entryOf,
  maxAttempts,
  readLedger,
  statusOf,
  withdrawAll,
  writeLedger,
  type Reserved,
} from '../ledgers/ledger-access.ts';
import type { AdmissionRequest } from '../request.ts';
import { deny, type Denial } from '../verdict.ts';
import { additionsTo, verbOf, type Addition } from './counted-request.ts';
import { wholeRequest } from './whole-request.ts';

/** What the rule knows of a request. */
export interface CustomQuotaContext {
  admission: AdmissionContext;
  quotas: readonly HeldQuota[];
}

/**
 * Every custom quota that counts an object has room for it, also for what other requests are about to
 * use: each request is entered in the ledger of each quota, or in none. The one with the least left is
 * asked first, so that it is the one that refuses.
 */
export const customQuota: AdmissionRule<CustomQuotaContext> = {
  name: 'custom-quota',
  async check(sent, { admission, quotas }) {
    const request = await wholeRequest(sent, quotas, admission.client);
    if (!request || request.object?.metadata.deletionTimestamp !== undefined) return undefined;
    const additions = await additionsTo(quotas, request, admission.expressions);
    if (!Array.isArray(additions)) return additions;
    const reserved: Reserved[] = [];
    for (const addition of inOrder(additions, admission)) {
      const answer = await reserve(addition, request, admission);
      if (answer === undefined) continue;
      if ('verdict' in answer) {
        if (!request.dryRun) await withdrawAll(reserved, withdrawEntry, admission);
        return answer;
      }
      reserved.push(answer);
    }
    return undefined;
  },
};

/** The least left first; what is equal in an order that all replicas share, of the cluster first. */
function inOrder(additions: readonly Addition[], admission: AdmissionContext): Addition[] {
  const order = additions.map((addition) => {
    const { kind, quota, ledger } = addition.held;
    const { available } = roomOf(addition, knownLedger(addition.held, admission), admission);
    const { namespace, name } = quota.metadata;
    const rank = JSON.stringify([kind === 'GlobalCustomQuota' ? 0 : 1, namespace ?? '', name]);
    return { addition, left: available.nano, rank, ledger };
  });
  order.sort((a, b) => (a.left === b.left ? (a.rank < b.rank ? -1 : 1) : a.left < b.left ? -1 : 1));
  return order.map(({ addition }) => addition);
}

const knownLedger = ({ ledger }: HeldQuota, { caches }: AdmissionContext) =>
  caches.for<KubeObject>(QuantityLedger.type).get(ledger);

const limitOf = ({ quota }: HeldQuota): Quantity => parseQuantity(quota.spec.limit) ?? zeroQuantity;

function roomOf(
  { held }: Addition,
  ledger: KubeObject | undefined,
  { clock }: AdmissionContext,
): Room {
  return roomIn(statusOf(ledger), { limit: limitOf(held), nowMs: clock.now() });
}

/** Enters a request, unless it changes nothing that somebody waits for. */
async function reserve(
  addition: Addition,
  request: AdmissionRequest,
  admission: AdmissionContext,
): Promise<Reserved | Denial | undefined> {
  const { held, usage, delta } = addition;
  const key = held.ledger;
  const nowMs = admission.clock.now();
  const entry: QuantityReservation = {
    ...entryOf(request, { quota: held.quota.metadata.name, nowMs, forMs: customReservationMs }),
    usage: formatQuantity(usage),
    delta: formatQuantity(delta),
  };
  if (delta.nano === 0n && !isAwaited(entry, knownLedger(held, admission))) return undefined;
  return await inTurn(`${key.namespace}/${key.name}`, async () => {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      // What the watch knows is enough to be written over, and never to refuse by.
      const known = attempt === 1 ? knownLedger(held, admission) : undefined;
      const isEnough = known && fits(addition, known, admission);
      const ledger = isEnough ? known : await readLedger(key, admission);
      const denial = denialOf(addition, ledger, { request, admission });
      if (denial || !ledger) return denial;
      const after = enter(statusOf(ledger), entry, admission.clock.now());
      if (!after) break;
      if (request.dryRun || (await writeLedger(key, ledger, after, admission)))
        return { ledger: key, id: entry.id };
    }
    return deny('CustomQuotaBusy', `${titleOf(held)} is busy: try again`, 429);
  });
}

/** An entry of the same object waits: it must not wait for what is no longer to come. */
function isAwaited({ objectRef }: QuantityReservation, ledger: KubeObject | undefined): boolean {
  const { reservations = [] } = statusOf(ledger);
  return reservations.some(
    ({ objectRef: other }) =>
      other.kind === objectRef.kind &&
      other.namespace === objectRef.namespace &&
      other.name === objectRef.name,
  );
}

function fits(addition: Addition, ledger: KubeObject, admission: AdmissionContext): boolean {
  const { available } = roomOf(addition, ledger, admission);
  return isReady(addition.held, ledger) && addition.delta.nano <= available.nano;
}

function isReady(held: HeldQuota, ledger: KubeObject | undefined): boolean {
  const { targetRef } = (ledger?.['spec'] ?? {}) as Partial<QuantityLedger['spec']>;
  return isCounted(held) && targetRef?.uid === held.quota.metadata.uid;
}

function denialOf(
  addition: Addition,
  ledger: KubeObject | undefined,
  { request, admission }: { request: AdmissionRequest; admission: AdmissionContext },
): Denial | undefined {
  const { held, delta } = addition;
  // Who makes nothing worse is not kept waiting.
  if (delta.nano === 0n && request.operation !== 'CREATE') return undefined;
  const what = `${verbOf(request)} ${request.kind.kind}`;
  if (!isReady(held, ledger))
    return deny(
      'CustomQuotaNotReady',
      `${what} has to wait for ${titleOf(held)}: what there is has not been counted, its Ready condition says why`,
    );
  const { used, reserved, available } = roomOf(addition, ledger, admission);
  if (delta.nano <= available.nano) return undefined;
  const numbers = Object.entries({
    requested: delta,
    used,
    reserved,
    available,
    limit: limitOf(held),
  });
  const text = numbers.map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`).join(', ');
  return deny('CustomQuotaExceeded', `${what} is beyond ${titleOf(held)}: ${text}`);
}
