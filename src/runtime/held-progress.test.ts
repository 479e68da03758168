import { describe, expect, test } from 'vitest';
import type { Condition } from '../kube/object.ts';
import { announceAfterMs, announceBehindMs, holdBackMs } from './held-progress.ts';

const now = Date.UTC(2026, 0, 1);
const condition = (status: Condition['status'], message: string): Condition => ({
  type: 'Ready',
  status,
  reason: 'Because',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const ready = [condition('True', 'applied')];
const underway = [condition('Unknown', 'running health checks')];
const held = (
  { verdict = 'underway', conditions = underway }: Partial<Parameters<typeof holdBackMs>[0]> = {},
  {
    written = ready,
    since,
    isBusy = false,
  }: { written?: Condition[]; since?: number; isBusy?: boolean } = {},
) => holdBackMs({ verdict, conditions }, written, { since, now, isBusy });

describe('work under way', () => {
  test('that the status does not speak of yet is held back', () => {
    expect(held()).toBe(announceAfterMs);
    expect(held({}, { written: [] })).toBe(announceAfterMs);
  });

  test('is held back from when it was first seen, not from when it was looked at again', () => {
    expect(held({}, { since: now - 300 })).toBe(announceAfterMs - 300);
    expect(held({}, { since: now - announceAfterMs })).toBe(0);
    expect(held({}, { since: now - 60_000 })).toBe(0);
  });

  test('is held back for longer while others wait for a worker, and no longer than that', () => {
    expect(held({}, { isBusy: true })).toBe(announceBehindMs);
    const since = now - announceAfterMs;
    expect(held({}, { since, isBusy: true })).toBe(announceBehindMs - announceAfterMs);
    expect(held({}, { since, isBusy: false })).toBe(0);
    expect(held({}, { since: now - announceBehindMs, isBusy: true })).toBe(0);
  });

  test('that the status speaks of already needs no write, so nothing is held back', () => {
    expect(held({}, { written: underway })).toBe(0);
  });
});

test.each(['done', 'waiting', 'retryable', 'stalled', 'denied', 'aborted'] as const)(
  'a run that ended %s is written at once',
  (verdict) => {
    expect(held({ verdict })).toBe(0);
    expect(held({ verdict }, { since: now })).toBe(0);
  },
);
