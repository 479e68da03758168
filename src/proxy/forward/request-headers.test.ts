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

  const names = [
    ['impersonate', 'user'],
    ['impersonate', 'group'],
    ['impersonate', 'extra', 'scopes'],
    ['x', 'remote', 'user'],
    ['x', 'forwarded', 'client', 'cert'],
    ['authorization'],
  ];
  test.each(names)(
    'none passes that says who somebody is: %s %s, however it is written',
    (...words) => {
      const spellings = ['-', '_', '.', '~', '--', '!'].flatMap((separator) => {
        const name = words.join(separator);
        return [name, name.toUpperCase(), `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`];
      });
      expect(spellings.filter((name) => pass(name, 'x').length > 0)).toEqual([]);
    },
  );
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
