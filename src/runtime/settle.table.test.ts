import { describe, expect, test } from 'vitest';
import {
  denied,
  ReconcileError,
  retryable,
  stalled,
  waiting as waitingError,
} from '../base/errors.ts';
import type { Condition } from '../kube/object.ts';
import { maxMessageLength } from './conditions.ts';
import { done, waitingFor } from './outcome.ts';
import { settle, type RunNotes, type RunResult, type SettlePolicy } from './settle.ts';

const now = Date.UTC(2026, 5, 1, 12);
const earlier = '2026-06-01T10:00:00Z';
const policy: SettlePolicy = { intervalMs: 600_000, dependencyMs: 30_000 };

/** An object of generation 7 that was Ready since `earlier`. */
const ready = condition(
  'Ready',
  'True',
  'ReconciliationSucceeded',
  'Applied revision: main@sha1:a',
);
const failing = [
  condition('Ready', 'False', 'BuildFailed', 'no such path'),
  condition('Reconciling', 'True', 'ProgressingWithRetry', 'no such path'),
];

function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition {
  return { type, status, reason, message, observedGeneration: 6, lastTransitionTime: earlier };
}

function settleFrom(
  conditions: Condition[],
  result: RunResult & { notes?: RunNotes },
  special: Partial<SettlePolicy> = {},
) {
  const object = { metadata: { generation: 7 }, status: { conditions, observedGeneration: 6 } };
  return settle(object, result, now, { ...policy, ...special });
}

/** `Ready=False/BuildFailed` per condition. */
const shapes = (conditions: readonly Condition[]) =>
  conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`);

const success = done({
  reason: 'ReconciliationSucceeded',
  message: 'Applied revision: main@sha1:b',
});
const failed = (error: unknown): RunResult => ({ outcome: 'failed', error });

describe('done', () => {
  test('after a failure: Ready, nothing else, observed, told as recovery', () => {
    const settlement = settleFrom(failing, success);
    expect(settlement).toMatchObject({
      verdict: 'done',
      observedGeneration: 7,
      requeue: { when: 'interval', ms: 600_000 },
      log: { level: 'info' },
      events: [
        {
          severity: 'info',
          reason: 'ReconciliationSucceeded',
          message: 'Applied revision: main@sha1:b',
        },
      ],
    });
    expect(shapes(settlement.conditions)).toEqual(['Ready=True/ReconciliationSucceeded']);
    expect(settlement.conditions[0]).toMatchObject({
      observedGeneration: 7,
      lastTransitionTime: '2026-06-01T12:00:00Z',
    });
  });

  test('again with the same words: nobody is told, the transition time stays', () => {
    const settlement = settleFrom([ready], done(ready));
    expect(settlement.events).toEqual([]);
    expect(settlement.log.level).toBe('debug');
    expect(settlement.conditions[0]?.lastTransitionTime).toBe(earlier);
  });

  test('with other words: told as change, the transition time stays', () => {
    const settlement = settleFrom([ready], success);
    expect(settlement.events).toHaveLength(1);
    expect(settlement.conditions[0]?.lastTransitionTime).toBe(earlier);
  });

  test('told by the run itself: no second event', () => {
    const own = { severity: 'info', reason: 'NewArtifact', message: 'stored' } as const;
    expect(settleFrom([], { ...success, notes: { events: [own] } }).events).toEqual([]);
    const trace = { ...own, severity: 'trace' } as const;
    expect(settleFrom([], { ...success, notes: { events: [trace] } }).events).toHaveLength(1);
  });

  test('what progress wrote meanwhile is no change', () => {
    const underway = [
      condition('Ready', 'Unknown', 'Progressing', 'fetching'),
      condition('Reconciling', 'True', 'Progressing', 'fetching'),
    ];
    const settlement = settleFrom(underway, {
      ...done(ready),
      notes: { conditionsBefore: [ready] },
    });
    expect(settlement.events).toEqual([]);
    expect(settlement.conditions[0]?.lastTransitionTime).toBe('2026-06-01T12:00:00Z');
  });

  test('says when to look again, or never', () => {
    expect(settleFrom([], { ...success, requeueMs: 5000 }).requeue).toEqual({
      when: 'interval',
      ms: 5000,
    });
    expect(settleFrom([], { ...success, requeueMs: null }).requeue).toEqual({ when: 'change' });
  });
});

describe('waiting', () => {
  const result = waitingFor({
    reason: 'DependencyNotReady',
    message: 'dependency not ready',
    afterMs: 5000,
  });

  test('returned: Ready=False with Reconciling, not observed, traced, no back-off', () => {
    const settlement = settleFrom([ready], result, { retryMs: 1 });
    expect(shapes(settlement.conditions)).toEqual([
      'Ready=False/DependencyNotReady',
      'Reconciling=True/Progressing',
    ]);
    expect(settlement).toMatchObject({
      verdict: 'waiting',
      observedGeneration: undefined,
      requeue: { when: 'after', ms: 5000 },
      log: { level: 'info' },
      events: [{ severity: 'trace', reason: 'DependencyNotReady' }],
    });
  });

  test('thrown: the same, by the dependency interval unless it says otherwise', () => {
    const thrown = waitingError('DependencyNotReady', 'dependency not ready');
    const settlement = settleFrom([ready], failed(thrown));
    expect(shapes(settlement.conditions)).toEqual(shapes(settleFrom([ready], result).conditions));
    expect(settlement.requeue).toEqual({ when: 'after', ms: 30_000 });
    const own = { severity: 'info', reason: 'Progressing', message: 'applied' } as const;
    const told = settleFrom([ready], { ...result, notes: { events: [own] } });
    expect(told.events).toMatchObject([{ reason: 'DependencyNotReady' }]);
    const hurried = waitingError('DependencyNotReady', 'x', { afterMs: 10 });
    expect(settleFrom([], failed(hurried)).requeue).toEqual({ when: 'after', ms: 10 });
  });

  test('of which people are to hear is told as news, on change', () => {
    const wait = failed(waitingError('DependencyNotReady', 'not ready', { isNews: true }));
    const first = settleFrom([ready], wait);
    expect(first.events).toEqual([
      { severity: 'info', reason: 'DependencyNotReady', message: 'not ready' },
    ]);
    expect(first.log.level).toBe('info');
    expect(settleFrom(first.conditions, wait).events).toEqual([]);
  });

  test('still: nobody is told', () => {
    const first = settleFrom([ready], result);
    const again = settleFrom(first.conditions, result);
    expect(again.events).toEqual([]);
    expect(again.log.level).toBe('debug');
    expect(again.conditions).toEqual(first.conditions);
  });

  test('removes Stalled', () => {
    const stuck = condition('Stalled', 'True', 'AccessDenied', 'no');
    expect(shapes(settleFrom([stuck], result).conditions)).not.toContain(
      'Stalled=True/AccessDenied',
    );
  });

  test('while work is under way: Ready=Unknown, so that clients keep waiting', () => {
    const settlement = settleFrom([ready], { ...result, progressing: true });
    expect(settlement.verdict).toBe('underway');
    expect(shapes(settlement.conditions)).toEqual([
      'Ready=Unknown/Progressing',
      'Reconciling=True/Progressing',
    ]);
    expect(settlement.requeue).toEqual({ when: 'after', ms: 5000 });
  });
});

test('underway (progress): Ready=Unknown and Reconciling with its message, not observed', () => {
  const settlement = settleFrom([ready], { outcome: 'underway', message: 'fetching' });
  expect(settlement).toMatchObject({
    verdict: 'underway',
    observedGeneration: undefined,
    requeue: { when: 'after', ms: 30_000 },
  });
  expect(settlement.conditions.map(({ message }) => message)).toEqual(['fetching', 'fetching']);
});

test('underway: traced when Ready changes, unless the run told what it did', () => {
  const result = { outcome: 'underway', message: 'waiting for health' } as const;
  expect(settleFrom([ready], result).events).toMatchObject([{ severity: 'trace' }]);
  const own = { severity: 'info', reason: 'Progressing', message: 'applied' } as const;
  expect(settleFrom([ready], { ...result, notes: { events: [own] } }).events).toEqual([]);
});

describe('retryable', () => {
  const error = retryable('BuildFailed', 'kustomize build failed');

  test('Ready=False with ProgressingWithRetry, not observed, warned, back-off', () => {
    const settlement = settleFrom([ready], failed(error));
    expect(shapes(settlement.conditions)).toEqual([
      'Ready=False/BuildFailed',
      'Reconciling=True/ProgressingWithRetry',
    ]);
    expect(settlement).toMatchObject({
      verdict: 'retryable',
      observedGeneration: undefined,
      requeue: { when: 'backoff' },
      log: { level: 'error', error },
      events: [{ severity: 'error', reason: 'BuildFailed', message: 'kustomize build failed' }],
    });
  });

  test('waits for retryMs, or for what the error says', () => {
    expect(settleFrom([], failed(error), { retryMs: 120_000 }).requeue).toEqual({
      when: 'after',
      ms: 120_000,
    });
    const timed = retryable('GitOperationFailed', 'too many requests', { afterMs: 7000 });
    expect(settleFrom([], failed(timed), { retryMs: 120_000 }).requeue).toEqual({
      when: 'after',
      ms: 7000,
    });
  });

  test('is what anything else thrown counts as', () => {
    for (const thrown of [new TypeError('x is undefined'), 'x is undefined', undefined]) {
      const settlement = settleFrom([], failed(thrown));
      expect(settlement.verdict).toBe('retryable');
      expect(shapes(settlement.conditions)).toContain('Ready=False/ReconciliationFailed');
    }
  });

  test('is warned of each time; the recorder de-duplicates', () => {
    const first = settleFrom([ready], failed(error));
    expect(settleFrom(first.conditions, failed(error)).events).toHaveLength(1);
  });
});

describe.each([
  ['stalled', stalled('InvalidPath', 'path escapes its root')],
  ['denied', denied('AccessDenied', "namespace 'b' may not use GitRepository 'a/x'")],
] as const)('%s', (verdict, error) => {
  test('Ready=False and Stalled, observed, warned, only a change helps', () => {
    const settlement = settleFrom(failing, failed(error), { retryMs: 1 });
    expect(shapes(settlement.conditions)).toEqual([
      `Ready=False/${error.reason}`,
      `Stalled=True/${error.reason}`,
    ]);
    expect(settlement).toMatchObject({
      verdict,
      observedGeneration: 7,
      requeue: { when: 'change' },
      log: { level: 'error' },
      events: [{ severity: 'error', reason: error.reason, message: error.message }],
    });
  });
});

test('aborted: everything as it was, nobody told, at once', () => {
  const before = [ready, condition('Reconciling', 'True', 'Progressing', 'fetching')];
  const error = new ReconcileError('aborted', 'Aborted', 'shutting down');
  expect(settleFrom(before, failed(error))).toEqual({
    verdict: 'aborted',
    conditions: before,
    observedGeneration: undefined,
    events: [],
    log: { level: 'debug', message: 'aborted', error },
    requeue: { when: 'now' },
  });
});

describe('conditions', () => {
  const health = {
    type: 'Healthy',
    status: 'True',
    reason: 'Succeeded',
    message: 'all ok',
  } as const;

  test("the run's own stand beside Ready, foreign ones stay, cleared ones go", () => {
    const foreign = condition('Zoned', 'True', 'ByHand', 'yes');
    const old = condition('FetchFailed', 'True', 'GitOperationFailed', 'timeout');
    const settlement = settleFrom([foreign, old, ready], {
      ...success,
      notes: { conditions: [health], cleared: ['FetchFailed'] },
    });
    expect(shapes(settlement.conditions)).toEqual([
      'Ready=True/ReconciliationSucceeded',
      'Healthy=True/Succeeded',
      'Zoned=True/ByHand',
    ]);
    expect(settlement.conditions[2]).toEqual(foreign);
  });

  test('an object without generation or status gets none made up', () => {
    const settlement = settle({ metadata: {} }, success, now, policy);
    expect(settlement.conditions[0]).not.toHaveProperty('observedGeneration');
    expect(settlement.observedGeneration).toBeUndefined();
  });

  test('no credential gets into a status or an event', () => {
    const leak = retryable('GitOperationFailed', 'GET https://bob:hunter22@git.example/x: 401');
    const settlement = settleFrom([], failed(leak));
    expect(JSON.stringify([settlement.conditions, settlement.events])).not.toContain('hunter22');
  });

  test('messages are capped and stay well-formed', () => {
    const long = retryable('BuildFailed', `${'a'.repeat(maxMessageLength - 2)}🙂🙂🙂`);
    const [condition] = settleFrom([], failed(long)).conditions;
    expect(condition?.message.length).toBeLessThanOrEqual(maxMessageLength);
    expect(condition?.message.isWellFormed()).toBe(true);
    expect(condition?.message.endsWith('…')).toBe(true);
  });

  test.each([
    ['build failed!', 'buildfailed'],
    ['404NotFound', 'NotFound'],
    ['', 'Unknown'],
    ['x'.repeat(2000), 'x'.repeat(1024)],
    ['Trailing:', 'Trailing'],
  ])('a reason the API server would refuse is made acceptable: %s', (given, expected) => {
    const settlement = settleFrom([], failed(retryable(given, 'x')));
    expect(settlement.conditions[0]?.reason).toBe(expected);
  });
});
