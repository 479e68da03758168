import type {
  ResourceQuotaLedger,
  ResourceReservation,
} from '../../api/capsule/quantity-ledger.ts';
import {
  amountOf,
  clampAmounts,
  hasAmounts,
  mapAmounts,
  namesBeyond,
  readAmounts,
  selectAmounts,
  subtractAmounts,
  sumAmounts,
  writeAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import { formatQuantity, subtractQuantities } from '../../kube/quantity.ts';

/**
 * What requests on their way will add to a GlobalResourceQuota. A request is entered before it is
 * admitted, with the ledger's resourceVersion as precondition, so that replicas see each other's. Native
 * quota counts it a moment later; then, or when it expires, the entry goes.
 */

/** Native quota counts right after the webhooks are asked; an entry that is older came to nothing. */
export const reservationMs = 10_000;

/** Of one ledger: what is beyond it has to be tried again. */
export const maxReservations = 1024;

/** Entries that still count. */
export function activeReservations<T extends { expiresAt?: string }>(
  { reservations = [] }: { reservations?: readonly T[] },
  nowMs: number,
): T[] {
  return reservations.filter(
    ({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > nowMs,
  );
}

/** What the entries add, of these resources. */
export function reservedBy(
  reservations: readonly ResourceReservation[],
  names: Iterable<string>,
): Amounts {
  return selectAmounts(sumAmounts(reservations.map(({ delta }) => readAmounts(delta))), names);
}

/** What was counted anew. */
export interface Counted {
  generation: number;
  namespaces: readonly string[];
  used: Amounts;
  initialized: boolean;
}

/** The ledger after use was counted: what is used more than before takes entries off, oldest first. */
export function countedLedger(
  before: ResourceQuotaLedger,
  { generation, namespaces, used, initialized }: Counted,
  nowMs: number,
): ResourceQuotaLedger {
  let increase = clampAmounts(subtractAmounts(used, readAmounts(before.used)));
  const reservations = activeReservations(before, nowMs).flatMap((entry) => {
    const delta = readAmounts(entry.delta);
    const rest = clampAmounts(subtractAmounts(delta, increase));
    increase = clampAmounts(subtractAmounts(increase, delta));
    return hasAmounts(rest) ? [{ ...entry, delta: writeAmounts(rest) }] : [];
  });
  return {
    ...totals(used, reservations),
    initialized,
    namespaces: [...namespaces],
    observedGeneration: generation,
    reservations,
  };
}

function totals(used: Amounts, reservations: readonly ResourceReservation[]) {
  const reserved = reservedBy(reservations, used.keys());
  return {
    used: writeAmounts(used),
    reserved: writeAmounts(reserved),
    allocated: writeAmounts(sumAmounts([used, reserved])),
  };
}

/** Enters a request, or says what is too much. */
export function reserve(
  ledger: ResourceQuotaLedger,
  entry: ResourceReservation,
  { hard, nowMs }: { hard: Amounts; nowMs: number },
): { ledger: ResourceQuotaLedger } | { exceeded: string } | { full: true } {
  const others = activeReservations(ledger, nowMs).filter(({ id }) => id !== entry.id);
  if (others.length >= maxReservations) return { full: true };
  const used = selectAmounts(readAmounts(ledger.used), hard.keys());
  const delta = readAmounts(entry.delta);
  const current = sumAmounts([used, reservedBy(others, hard.keys())]);
  const asked = mapAmounts(delta, (_, name) => amountOf(sumAmounts([current, delta]), name));
  const beyond = namesBeyond(asked, hard);
  if (beyond.length > 0) return { exceeded: exceededText(beyond, { delta, current, hard }) };
  const reservations = [...others, entry];
  return { ledger: { ...ledger, ...totals(used, reservations), reservations } };
}

/** The ledger without an entry. */
export function withdraw(ledger: ResourceQuotaLedger, id: string): ResourceQuotaLedger {
  const reservations = (ledger.reservations ?? []).filter((entry) => entry.id !== id);
  return { ...ledger, ...totals(readAmounts(ledger.used), reservations), reservations };
}

interface Excess {
  delta: Amounts;
  current: Amounts;
  hard: Amounts;
}

function exceededText(names: readonly string[], { delta, current, hard }: Excess): string {
  const text = (amounts: Amounts, name: string) => formatQuantity(amountOf(amounts, name));
  const projected = sumAmounts([current, delta]);
  return names
    .map((name) => {
      const by = subtractQuantities(amountOf(projected, name), amountOf(hard, name));
      return (
        `${name} (requested=${text(delta, name)}, current=${text(current, name)}, ` +
        `projected=${text(projected, name)}, hard=${text(hard, name)}, exceededBy=${formatQuantity(by)})`
      );
    })
    .join('; ');
}
