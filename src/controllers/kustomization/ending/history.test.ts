import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { recordEnding, type Ending } from './history.ts';

const start = Date.UTC(2026, 0, 1);
const ending = (part: Partial<Ending> = {}): Ending => ({
  digest: 'sha256:a',
  status: 'ReconciliationSucceeded',
  atMs: start,
  durationMs: 1500,
  revision: 'main@sha1:1',
  ...part,
});

it('records the first ending', () => {
  expect(recordEnding(undefined, ending({ originRevision: 'v1' }))).toEqual([
    {
      digest: 'sha256:a',
      firstReconciled: '2026-01-01T00:00:00Z',
      lastReconciled: '2026-01-01T00:00:00Z',
      lastReconciledDuration: '1.5s',
      lastReconciledStatus: 'ReconciliationSucceeded',
      metadata: { revision: 'main@sha1:1', originRevision: 'v1' },
      totalReconciliations: 1,
    },
  ]);
});

it('counts the same build with the same status, and moves it to the front', () => {
  const first = recordEnding([], ending());
  const second = recordEnding(first, ending({ digest: 'sha256:b', atMs: start + 1000 }));
  const third = recordEnding(second, ending({ atMs: start + 2000, count: 3 }));
  expect(third.map((entry) => [entry.digest, entry.totalReconciliations])).toEqual([
    ['sha256:a', 4],
    ['sha256:b', 1],
  ]);
  expect(third[0]).toMatchObject({
    firstReconciled: '2026-01-01T00:00:00Z',
    lastReconciled: '2026-01-01T00:00:02Z',
  });
});

it('tells a failure from a success of the same build', () => {
  const history = recordEnding(recordEnding([], ending()), ending({ status: 'HealthCheckFailed' }));
  expect(history).toHaveLength(2);
});

it('keeps at most five, without duplicates, the last one first', () => {
  const digest = fc.constantFrom('a', 'b', 'c', 'd');
  const status = fc.constantFrom('ReconciliationSucceeded', 'HealthCheckFailed');
  fc.assert(
    fc.property(fc.array(fc.record({ digest, status }), { minLength: 1 }), (runs) => {
      const history = runs.reduce<ReturnType<typeof recordEnding>>(
        (entries, run) => recordEnding(entries, ending(run)),
        [],
      );
      const keys = history.map((entry) => `${entry.digest} ${entry.lastReconciledStatus}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBeLessThanOrEqual(5);
      const last = runs.at(-1);
      expect(keys[0]).toBe(`${last?.digest} ${last?.status}`);
    }),
  );
});
