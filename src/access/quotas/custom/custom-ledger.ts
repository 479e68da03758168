import type {
  LedgerObjectRef,
  QuantityLedgerStatus,
  QuantityReservation,
} from '../../../api/capsule/quantity-ledger.ts';
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
  type Quantity,
} from '../../../kube/quantity.ts';
import { activeReservations, maxReservations } from '../ledger.ts';

/**
 * What requests on their way will add to a custom quota, in the ledger that is kept beside it. A request
 * is entered before it is admitted, with the ledger's resourceVersion as precondition, so that replicas
 * see each other's. Once the watch shows what was asked for the entry goes; what came to nothing expires.
 */

/** As long as Capsule lets an entry wait for its object. */
export const customReservationMs = 120_000;

/** The part of a ledger that is about a custom quota. */
export type CustomLedger = Pick<QuantityLedgerStatus, 'allocated' | 'reserved' | 'reservations'>;

const read = (value: unknown): Quantity => parseQuantity(value) ?? zeroQuantity;

/** The quantity, or nothing if it is less. */
export function clampQuantity(quantity: Quantity): Quantity {
  return quantity.nano < 0n ? { ...quantity, nano: 0n } : quantity;
}

/** What was counted last. */
export function usedIn({ allocated, reserved }: CustomLedger): Quantity {
  return clampQuantity(subtractQuantities(read(allocated), read(reserved)));
}

function sumOf(entries: readonly QuantityReservation[]): Quantity {
  return entries
    .map(({ delta, usage }) => read(delta ?? usage))
    .reduce(addQuantities, zeroQuantity);
}

function ledgerWith(used: Quantity, entries: readonly QuantityReservation[]): CustomLedger {
  const reserved = sumOf(entries);
  return {
    allocated: formatQuantity(addQuantities(used, reserved)),
    reserved: formatQuantity(reserved),
    reservations: [...entries],
  };
}

/** What a quota has room for, and why that is not more. */
export interface Room {
  used: Quantity;
  reserved: Quantity;
  available: Quantity;
}

/** What is left of a limit; `except` is an entry that does not count. */
export function roomIn(
  ledger: CustomLedger,
  { limit, nowMs, except }: { limit: Quantity; nowMs: number; except?: string },
): Room {
  const used = usedIn(ledger);
  const others = activeReservations(ledger, nowMs).filter(({ id }) => id !== except);
  const reserved = sumOf(others);
  const taken = addQuantities(used, reserved);
  return { used, reserved, available: clampQuantity(subtractQuantities(limit, taken)) };
}

/** Enters a request, whether or not there is room. Undefined when no more entries fit. */
export function enter(
  ledger: CustomLedger,
  entry: QuantityReservation,
  nowMs: number,
): CustomLedger | undefined {
  const others = activeReservations(ledger, nowMs).filter(({ id }) => id !== entry.id);
  if (others.length >= maxReservations) return undefined;
  return ledgerWith(usedIn(ledger), [...others, entry]);
}

/** The ledger without an entry. */
export function withdrawEntry(ledger: CustomLedger, id: string): CustomLedger {
  const rest = (ledger.reservations ?? []).filter((entry) => entry.id !== id);
  return ledgerWith(usedIn(ledger), rest);
}

/** What the watch shows of the object of an entry. */
export interface Shown {
  /** What it is counted for; undefined if it is not. */
  usageOf(object: LedgerObjectRef): Quantity | undefined;
  /** Whether it was seen to go since then. */
  isGoneSince(object: LedgerObjectRef, ms: number): boolean;
}

/**
 * The ledger after objects were counted: an entry goes when its object is counted for what was entered,
 * or has gone since, and so do earlier entries of the same object.
 */
export function settledLedger(
  ledger: CustomLedger,
  { used, shown, nowMs }: { used: Quantity; shown: Shown; nowMs: number },
): CustomLedger {
  const done = new Set<string>();
  const waiting = activeReservations(ledger, nowMs)
    .toReversed()
    .filter((entry) => {
      const id = idOf(entry.objectRef);
      if (done.has(id)) return false;
      const usage = shown.usageOf(entry.objectRef);
      const isSettled =
        usage?.nano === read(entry.usage).nano ||
        shown.isGoneSince(entry.objectRef, Date.parse(entry.createdAt));
      if (isSettled) done.add(id);
      return !isSettled;
    });
  return ledgerWith(used, waiting.toReversed());
}

/** An object by name: a later one of the same name stands for it. */
function idOf({ apiGroup = '', kind, namespace = '', name = '' }: LedgerObjectRef): string {
  return JSON.stringify([apiGroup, kind, namespace, name]);
}
