import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answeredHeaders, passedHeaders } from './request-headers.ts';

const rules = { forwardedHeader: 'x-forwarded-client-cert' };
const pass = (...raw: string[]) => passedHeaders(raw, rules);

describe('headers of a request', () => {
  test('pass in their order, with their case, as often as they stand', () => {
    expect(pass('Accept', 'a', 'X-B', '1', 'x-b', '2')).toEqual([
      ['Accept', 'a'],
      ['X-B', '1'],
      ['x-b', '2'],
    ]);
  });

  test('do not pass when Connection names them', () => {
    expect(pass('X-A', '1', 'Connection', 'x-a , Accept', 'Accept', 'a', 'X-B', '2')).toEqual([
      ['X-B', '2'],
    ]);
  });

  test("a websocket's token stays, its protocols pass", () => {
    const token = 'base64url.bearer.authorization.k8s.io.dA';
    const name = 'Sec-WebSocket-Protocol';
    expect(pass(name, `${token}, v5.channel.k8s.io`)).toEqual([[name, 'v5.channel.k8s.io']]);
    expect(pass(name, token)).toEqual([]);
  });

  test('none passes that says who somebody is, however it is written', () => {
    const separators = fc.constantFrom('-', '_', '.', '~', '--', '!');
    const words = fc.constantFrom(
      ['impersonate', 'user'],
      ['impersonate', 'group'],
      ['impersonate', 'extra', 'scopes'],
      ['x', 'remote', 'user'],
      ['x', 'forwarded', 'client', 'cert'],
      ['authorization'],
    );
    const upper = fc.func(fc.boolean());
    fc.assert(
      fc.property(words, separators, upper, (parts, separator, isUpper) => {
        const name = [...parts.join(separator)]
          .map((char, index) => (isUpper(index) ? char.toUpperCase() : char))
          .join('');
        expect(pass(name, 'x')).toEqual([]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

test('headers of an answer pass but for those of its connection, and of a body that was changed', () => {
  const raw = [
    'Content-Type',
    'a',
    'Connection',
    'X-A',
    'X-A',
    '1',
    'Keep-Alive',
    'b',
    'ETag',
    'c',
  ];
  expect(answeredHeaders(raw)).toEqual(['Content-Type', 'a', 'ETag', 'c']);
  expect(answeredHeaders(raw, new Set(['etag']))).toEqual(['Content-Type', 'a']);
});
