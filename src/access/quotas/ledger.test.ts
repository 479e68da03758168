import { describe, expect, test } from 'vitest';
import type { ResourceReservation } from '../../api/capsule/quantity-ledger.ts';
import { readAmounts } from '../../kube/resource-list.ts';
import { countedLedger, maxReservations, reserve, withdraw } from './ledger.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const at = (offsetMs: number) => new Date(nowMs + offsetMs).toISOString();
const entry = (
  id: string,
  delta: Record<string, string | number>,
  expires = 10_000,
): ResourceReservation => ({
  id,
  delta,
  usage: delta,
  createdAt: at(0),
  updatedAt: at(0),
  expiresAt: at(expires),
  objectRef: { apiVersion: 'v1', kind: 'Pod', namespace: 'a' },
});
const hard = readAmounts({ pods: 3, 'limits.cpu': '2' });
const counted = (used: Record<string, string | number>) => ({
  generation: 1,
  namespaces: ['a'],
  used: readAmounts(used),
  initialized: true,
});

describe('a request', () => {
  test('is entered while there is room, others on their way counted', () => {
    const ledger = { used: { pods: 1 }, reservations: [entry('x', { pods: 1 })] };
    const result = reserve(ledger, entry('y', { pods: 1 }), { hard, nowMs });
    expect(result).toMatchObject({
      ledger: { used: { pods: '1' }, reserved: { pods: '2' }, allocated: { pods: '3' } },
    });
  });

  test('is refused with the numbers when there is not', () => {
    const ledger = {
      used: { pods: 1, 'limits.cpu': '1500m' },
      reservations: [entry('x', { pods: 2 })],
    };
    expect(reserve(ledger, entry('y', { pods: 1, 'limits.cpu': 1 }), { hard, nowMs })).toEqual({
      exceeded:
        'limits.cpu (requested=1, current=1500m, projected=2500m, hard=2, exceededBy=500m); ' +
        'pods (requested=1, current=3, projected=4, hard=3, exceededBy=1)',
    });
  });

  test('is not refused for what it does not add to', () => {
    const ledger = { used: { pods: 9 } };
    expect(reserve(ledger, entry('y', { 'limits.cpu': 1 }), { hard, nowMs })).toHaveProperty(
      'ledger',
    );
  });

  test('that is tried again is entered once', () => {
    const ledger = { used: { pods: 0 }, reservations: [entry('y', { pods: 3 })] };
    const result = reserve(ledger, entry('y', { pods: 3 }), { hard, nowMs });
    expect(result).toMatchObject({ ledger: { reserved: { pods: '3' } } });
  });

  test('does not wait for entries that have expired', () => {
    const ledger = { used: { pods: 0 }, reservations: [entry('x', { pods: 3 }, -1)] };
    const result = reserve(ledger, entry('y', { pods: 3 }), { hard, nowMs });
    expect(result).toMatchObject({ ledger: { reservations: [{ id: 'y' }] } });
  });

  test('has to wait when too many are on their way', () => {
    const reservations = Array.from({ length: maxReservations }, (_, index) =>
      entry(`${index}`, {}),
    );
    expect(reserve({ reservations }, entry('y', { pods: 1 }), { hard, nowMs })).toEqual({
      full: true,
    });
  });

  test('that is withdrawn leaves nothing', () => {
    const ledger = { used: { pods: 1 }, reservations: [entry('x', { pods: 1 })] };
    expect(withdraw(ledger, 'x')).toMatchObject({ allocated: { pods: '1' }, reservations: [] });
  });
});

describe('what was counted', () => {
  test('takes entries off, oldest first', () => {
    const before = {
      used: { pods: 1 },
      reservations: [entry('x', { pods: 2 }), entry('y', { pods: 2 })],
    };
    expect(countedLedger(before, counted({ pods: 4 }), nowMs)).toMatchObject({
      used: { pods: '4' },
      reserved: { pods: '1' },
      allocated: { pods: '5' },
      reservations: [{ id: 'y', delta: { pods: '1' } }],
    });
  });

  test('less than before takes none off', () => {
    const before = { used: { pods: 3 }, reservations: [entry('x', { pods: 2 })] };
    expect(countedLedger(before, counted({ pods: 1 }), nowMs)).toMatchObject({
      reservations: [{ id: 'x', delta: { pods: '2' } }],
    });
  });

  test('drops what has expired', () => {
    const before = { used: { pods: 1 }, reservations: [entry('x', { pods: 2 }, -1)] };
    expect(countedLedger(before, counted({ pods: 1 }), nowMs)).toMatchObject({
      reserved: { pods: '0' },
      reservations: [],
    });
  });

  test('the same again is the same ledger', () => {
    const once = countedLedger({}, counted({ pods: 1 }), nowMs);
    expect(countedLedger(once, counted({ pods: 1 }), nowMs)).toEqual(once);
  });
});
