import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReconcileError, type FailureClass } from '../base/errors.ts';
import type { Condition } from '../kube/object.ts';
import { settle, type RunResult, type Verdict } from './settle.ts';

const reason = fc.string({ minLength: 1, maxLength: 20 });
const message = fc.string({ unit: 'binary', maxLength: 40 });
const classes: FailureClass[] = ['waiting', 'retryable', 'stalled', 'denied', 'aborted'];

const result: fc.Arbitrary<RunResult> = fc.oneof(
  fc.record(
    {
      outcome: fc.constant('done' as const),
      reason,
      message,
      requeueMs: fc.option(fc.nat(), { nil: null }),
    },
    { requiredKeys: ['outcome', 'reason', 'message'] },
  ),
  fc.record({
    outcome: fc.constant('waiting' as const),
    reason,
    message,
    afterMs: fc.nat(),
    progressing: fc.boolean(),
  }),
  fc.record({ outcome: fc.constant('underway' as const), message }),
  fc
    .tuple(fc.constantFrom(...classes), reason, message)
    .map(([failure, reason, text]): RunResult => ({
      outcome: 'failed',
      error: new ReconcileError(failure, reason, text),
    })),
  fc.anything().map((error): RunResult => ({ outcome: 'failed', error })),
);

/** What kstatus, and with it `flux`, `kubectl wait` and Argo, make of an object. */
function kstatus(
  generation: number,
  status: { observedGeneration: number; conditions: Condition[] },
) {
  const statusOf = (type: string) => status.conditions.find((c) => c.type === type)?.status;
  if (status.observedGeneration !== generation) return 'InProgress';
  if (statusOf('Reconciling') === 'True') return 'InProgress';
  if (statusOf('Stalled') === 'True') return 'Failed';
  return statusOf('Ready') === 'True' ? 'Current' : 'InProgress';
}

const expected: Record<Exclude<Verdict, 'aborted'>, string> = {
  done: 'Current',
  stalled: 'Failed',
  denied: 'Failed',
  waiting: 'InProgress',
  underway: 'InProgress',
  retryable: 'InProgress',
};

const policy = { intervalMs: 60_000, dependencyMs: 30_000 };

test('any history of runs keeps conditions legal, stable, and what kstatus expects', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(result, fc.boolean()), { maxLength: 12 }), (history) => {
      let [generation, now] = [1, Date.UTC(2026, 0, 1)];
      let status = { observedGeneration: -1, conditions: [] as Condition[] };
      for (const [run, edited] of history) {
        now += 60_000;
        if (edited) generation++;
        const object = { metadata: { generation }, status };
        const settlement = settle(object, run, now, policy);
        const { conditions } = settlement;
        const observedGeneration = settlement.observedGeneration ?? status.observedGeneration;

        if (settlement.verdict === 'aborted') expect(conditions).toEqual(status.conditions);
        else {
          expect(kstatus(generation, { observedGeneration, conditions })).toBe(
            expected[settlement.verdict],
          );
          expect(conditions[0]?.type).toBe('Ready');
        }
        expect(new Set(conditions.map(({ type }) => type)).size).toBe(conditions.length);
        for (const { type, status: value, reason, message, lastTransitionTime } of conditions) {
          if (type !== 'Ready') expect(value).toBe('True');
          expect(reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
          expect(message.length).toBeLessThanOrEqual(32_768);
          const old = status.conditions.find((condition) => condition.type === type);
          const moved = old !== undefined && old.lastTransitionTime !== lastTransitionTime;
          if (moved) expect(value).not.toBe(old.status);
        }
        status = { observedGeneration, conditions };
      }
    }),
  );
});

test('settling the same result twice changes nothing the second time', () => {
  fc.assert(
    fc.property(result, (run) => {
      const metadata = { generation: 3 };
      const first = settle({ metadata }, run, 1_000_000, policy);
      const { conditions } = first;
      const again = settle({ metadata, status: { conditions } }, run, 9_000_000, policy);
      expect(again.conditions).toEqual(conditions);
      expect(again.requeue).toEqual(first.requeue);
      const silent = !['retryable', 'stalled', 'denied'].includes(again.verdict);
      if (silent) expect(again.events).toEqual([]);
    }),
  );
});
