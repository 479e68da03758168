import { describe, expect, test } from 'vitest';
import { apiErrorOf, statusError } from './api-status.ts';

const status = (part: object) => JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...part });

describe('apiErrorOf', () => {
  test('takes reason, message, causes and retry from a Status', () => {
    const body = status({
      code: 422,
      reason: 'Invalid',
      message: 'spec.replicas: must be positive',
      details: {
        causes: [{ field: 'spec.replicas', reason: 'FieldValueInvalid', message: 'no', extra: 1 }],
        retryAfterSeconds: 3,
      },
    });
    expect(apiErrorOf(422, body, undefined)).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'spec.replicas: must be positive',
      causes: [{ field: 'spec.replicas', reason: 'FieldValueInvalid', message: 'no' }],
      retryAfterMs: 3000,
    });
  });

  test.each([
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [429, 'TooManyRequests'],
    [418, 'Unknown'],
  ])('%i without a Status has reason %s', (code, reason) => {
    expect(apiErrorOf(code, '<html>nope</html>', undefined)).toMatchObject({
      code,
      reason,
      message: `HTTP ${code}: <html>nope</html>`,
    });
  });

  test.each([
    ['1', 1000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
    ['99999999999', undefined],
  ])('Retry-After %j is %s ms', (header, retryAfterMs) => {
    expect(apiErrorOf(429, '', header).retryAfterMs).toBe(retryAfterMs);
  });

  test('an answer of any size gives a message of bounded size', () => {
    const endless = 'x'.repeat(1_000_000);
    expect(apiErrorOf(500, endless, undefined).message.length).toBeLessThan(1000);
    const causes = Array.from({ length: 10_000 }, () => ({ message: 'no' }));
    const error = apiErrorOf(422, status({ message: endless, details: { causes } }), undefined);
    expect(error.message.length).toBeLessThan(5000);
    expect(error.causes.length).toBeLessThan(100);
  });

  test('a Status of the wrong shape is still an error', () => {
    const body = status({ code: 'x', message: 7, reason: {}, details: [], causes: 'no' });
    expect(apiErrorOf(500, body, undefined)).toMatchObject({ code: 500, reason: 'InternalError' });
  });
});

test('the Status of a watch says its own code', () => {
  expect(
    statusError({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }),
  ).toMatchObject({
    code: 410,
    reason: 'Expired',
  });
  expect(statusError({})).toMatchObject({ code: 500, message: 'HTTP 500' });
});
