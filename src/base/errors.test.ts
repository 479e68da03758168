import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError, isAbort, messageOf, ReconcileError, retryable, waiting } from './errors.ts';

describe('messageOf', () => {
  test.each([
    [new Error('text'), 'text'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [{ toString: 'none' }, 'something without a text was thrown'],
    [Object.create(null), 'something without a text was thrown'],
    [Symbol('s'), 'Symbol(s)'],
  ])('of %o', (error, text) => {
    expect(messageOf(error)).toBe(text);
  });

  test('gives a text for anything', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(typeof messageOf(thrown)).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });
});

test('a ReconcileError carries its class, reason and when to look again', () => {
  const cause = new Error('below');
  expect(retryable('Failed', 'said', { cause })).toMatchObject({
    name: 'ReconcileError',
    class: 'retryable',
    reason: 'Failed',
    message: 'said',
    cause,
  });
  expect(waiting('NotYet', 'said', { afterMs: 5 }).afterMs).toBe(5);
  expect(new ReconcileError('denied', 'AccessDenied', 'no')).not.toHaveProperty('cause');
});

test('an abort is found at any depth of cause', () => {
  const abort = new DOMException('stop', 'AbortError');
  expect(isAbort(abort)).toBe(true);
  expect(isAbort(new Error('a', { cause: new Error('b', { cause: abort }) }))).toBe(true);
  expect(isAbort(new Error('AbortError'))).toBe(false);
  expect(isAbort('AbortError')).toBe(false);
});

test('a CodedError is named after its class', () => {
  class FetchError extends CodedError<'gone'> {}
  expect(new FetchError('gone', 'text')).toMatchObject({ name: 'FetchError', code: 'gone' });
});
