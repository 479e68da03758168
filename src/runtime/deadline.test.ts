import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { isAbort, ReconcileError, retryable } from '../base/errors.ts';
import { createDeadline } from './deadline.ts';

const abort = new DOMException('stopped', 'AbortError');
const wrapped = retryable('GitOperationFailed', 'fetch failed', { cause: abort });

function setUp() {
  const clock = createFakeClock();
  return { clock, deadline: createDeadline(clock, 90_000) };
}

test('time runs out by aborting, once', () => {
  const { clock, deadline } = setUp();
  clock.tick(89_999);
  expect(deadline.signal.aborted).toBe(false);
  clock.tick(1);
  expect(isAbort(deadline.signal.reason)).toBe(true);
  const { stoppedAt } = deadline;
  clock.tick(5);
  deadline.stop('shutdown');
  expect([deadline.cause, deadline.stoppedAt]).toEqual(['timeout', stoppedAt]);
});

test('a run that ended leaves no timer', () => {
  const { clock, deadline } = setUp();
  deadline.clear();
  clock.tick(100_000);
  expect(deadline.signal.aborted).toBe(false);
  expect(clock.pending).toBe(0);
});

describe('what an error means', () => {
  test('after a time-out: retryable, saying so, with the reason of whoever was at work', () => {
    const { clock, deadline } = setUp();
    clock.tick(90_000);
    expect(deadline.explain(abort)).toMatchObject({
      class: 'retryable',
      reason: 'ReconciliationFailed',
      message: 'timed out after 1m30s',
    });
    expect(deadline.explain(wrapped)).toMatchObject({
      reason: 'GitOperationFailed',
      message: 'timed out after 1m30s',
    });
    const ours = new ReconcileError('aborted', 'Aborted', 'x');
    expect(deadline.explain(ours)).toMatchObject({ class: 'retryable' });
    const unrelated = retryable('BuildFailed', 'no such path');
    expect(deadline.explain(unrelated)).toBe(unrelated);
  });

  test.each(['shutdown', 'overtaken'] as const)('after %s: aborted, whatever it was', (cause) => {
    const { deadline } = setUp();
    deadline.stop(cause);
    for (const error of [abort, wrapped, new Error('x'), undefined])
      expect(deadline.explain(error)).toMatchObject({ class: 'aborted' });
  });

  test('when nobody said stop: itself, and never a loop', () => {
    const { deadline } = setUp();
    expect(deadline.explain(wrapped)).toBe(wrapped);
    const aborted = new ReconcileError('aborted', 'Aborted', 'x');
    expect(deadline.explain(aborted)).toMatchObject({ class: 'retryable', message: 'x' });
  });
});
