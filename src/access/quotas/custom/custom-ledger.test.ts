import { describe, expect, it } from 'vitest';
import type { QuantityReservation } from '../../../api/capsule/quantity-ledger.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../../../kube/quantity.ts';
import {
  customReservationMs,
  enter,
  roomIn,
  settledLedger,
  usedIn,
  withdrawEntry,
  type CustomLedger,
} from './custom-ledger.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const amount = (text: string): Quantity => parseQuantity(text) ?? { nano: 0n, format: 'decimal' };
const entry = (id: string, usage: string, delta = usage, name = id): QuantityReservation => ({
  id,
  objectRef: { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name },
  usage,
  delta,
  createdAt: new Date(now).toISOString(),
  updatedAt: new Date(now).toISOString(),
  expiresAt: new Date(now + customReservationMs).toISOString(),
});
const ledger = (used: string, ...entries: QuantityReservation[]): CustomLedger =>
  entries.reduce<CustomLedger>((book, each) => enter(book, each, now) ?? book, {
    allocated: used,
    reserved: '0',
    reservations: [],
  });
const room = (book: CustomLedger, nowMs = now) => {
  const { used, reserved, available } = roomIn(book, { limit: amount('5'), nowMs });
  return [used, reserved, available].map(formatQuantity);
};

describe('an entry', () => {
  it('takes room beside what was counted, once', () => {
    const book = ledger('2', entry('x', '1'), entry('y', '4', '1'), entry('x', '1'));
    expect(book).toMatchObject({ allocated: '4', reserved: '2' });
    expect(room(book)).toEqual(['2', '2', '1']);
    expect(
      formatQuantity(roomIn(book, { limit: amount('5'), nowMs: now, except: 'x' }).available),
    ).toBe('2');
  });

  it('counts no longer once it has expired, or is withdrawn', () => {
    const book = ledger('2', entry('x', '1'));
    expect(room(book, now + customReservationMs - 1)).toEqual(['2', '1', '2']);
    expect(room(book, now + customReservationMs)).toEqual(['2', '0', '3']);
    expect(withdrawEntry(book, 'x')).toEqual({ allocated: '2', reserved: '0', reservations: [] });
  });

  it('waits where there are too many', () => {
    const full = ledger('0', ...Array.from({ length: 1024 }, (_, index) => entry(`${index}`, '1')));
    expect(enter(full, entry('one more', '1'), now)).toBeUndefined();
    expect(enter(full, entry('7', '1'), now)).toBeDefined();
  });
});

describe('counting', () => {
  const settle = (
    book: CustomLedger,
    used: string,
    shown: Record<string, string>,
    gone: string[] = [],
  ) =>
    settledLedger(book, {
      used: amount(used),
      nowMs: now,
      shown: {
        usageOf: ({ name = '' }) => (shown[name] === undefined ? undefined : amount(shown[name])),
        isGoneSince: ({ name = '' }) => gone.includes(name),
      },
    });
  const idsOf = ({ reservations = [] }: CustomLedger) => reservations.map(({ id }) => id);

  it('settles what is counted for what was entered, and only that', () => {
    const book = ledger('0', entry('x', '2'), entry('y', '1'));
    const after = settle(book, '2', { x: '2000m' });
    expect(after).toMatchObject({ allocated: '3', reserved: '1' });
    expect(idsOf(after)).toEqual(['y']);
    expect(formatQuantity(usedIn(after))).toBe('2');
    expect(idsOf(settle(book, '1', { x: '1' }))).toEqual(['x', 'y']);
  });

  it('settles what has gone since, and earlier entries of the same object', () => {
    const book = ledger('1', entry('1', '2', '1', 'x'), entry('2', '3', '1', 'x'), entry('y', '1'));
    expect(idsOf(settle(book, '3', { x: '3' }))).toEqual(['y']);
    expect(idsOf(settle(book, '2', { x: '2' }))).toEqual(['2', 'y']);
    expect(idsOf(settle(book, '0', {}, ['x', 'y']))).toEqual([]);
  });
});
