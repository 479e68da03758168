import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GitError } from './git-error.ts';
import { isSameOrigin, parseRemoteUrl } from './remote-url.ts';

describe('parse', () => {
  test.each([
    ['https://Example.com/team/fleet.git', 'https', 'example.com', 443],
    ['http://example.com:3000/x', 'http', 'example.com', 3000],
    ['ssh://git@example.com/team/fleet', 'ssh', 'example.com', 22],
    ['ssh://example.com:2222/x', 'ssh', 'example.com', 2222],
    ['https://[2001:db8::1]:8443/x', 'https', '2001:db8::1', 8443],
    ['ssh://git@[2001:db8::1]/x', 'ssh', '2001:db8::1', 22],
    ['http://2130706433/x', 'http', '127.0.0.1', 80],
  ])('%s', (text, protocol, host, port) => {
    expect(parseRemoteUrl(text)).toMatchObject({ protocol, host, port });
  });

  test('takes credentials out of what is shown', () => {
    const remote = parseRemoteUrl('https://us%40er:p%2Fw@example.com/x#frag');
    expect(remote.credentials).toEqual({ username: 'us@er', password: 'p/w' });
    expect(remote.href).toBe('https://example.com/x');
  });

  test('writes one repository one way', () => {
    const same = [
      'https://example.com/x',
      'https://EXAMPLE.com:443/x/',
      'https://u:p@example.com/x//',
    ];
    expect(new Set(same.map((text) => parseRemoteUrl(text).href)).size).toBe(1);
    const ssh = ['ssh://example.com/x', 'ssh://git@example.com:22/x/'];
    expect(new Set(ssh.map((text) => parseRemoteUrl(text).href)).size).toBe(1);
  });

  test('decodes an ssh path, keeps an http path', () => {
    expect(parseRemoteUrl('ssh://h/~me/a%20b').path).toBe('/~me/a b');
    expect(parseRemoteUrl('https://h/a%20b').path).toBe('/a%20b');
  });

  test('file only where it is allowed', () => {
    expect(() => parseRemoteUrl('file:///srv/x')).toThrow(GitError);
    expect(parseRemoteUrl('file:///srv/x', { allowFile: true }).href).toBe('file:///srv/x');
  });

  test('anything gives a URL that reads back the same, or an error of ours', () => {
    const hosts = fc.constantFrom('a.b', '-x', '[::1]', '1.2.3.4', 'ü', 'a b', '');
    const text = fc
      .tuple(
        fc.constantFrom('http', 'https', 'ssh', 'ext', 'file'),
        hosts,
        fc.string(),
        fc.webPath(),
      )
      .map(([scheme, host, junk, path]) => `${scheme}://${junk}${host}${path}`);
    fc.assert(
      fc.property(fc.oneof(text, fc.string(), fc.webUrl()), (candidate) => {
        try {
          const { href, host, user } = parseRemoteUrl(candidate);
          expect(parseRemoteUrl(href).href).toBe(href);
          expect(`${host}${user}`).not.toMatch(/^-|[\s/@\\]|\p{Cc}/u);
        } catch (error) {
          expect(error).toBeInstanceOf(GitError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['https://a/x', 'https://a/y', true],
  ['https://a/x', 'https://a:443/y', true],
  ['http://a/x', 'https://a/y', true],
  ['http://a:8080/x', 'https://a/y', false],
  ['https://a/x', 'http://a/y', false],
  ['https://a/x', 'https://b/x', false],
  ['https://a/x', 'https://a:8443/x', false],
  ['https://a.com/x', 'https://a.com.evil/x', false],
  ['ssh://git@a/x', 'ssh://git@a/y', true],
  ['ssh://git@a/x', 'ssh://git@a:2222/y', false],
  ['https://a/x', 'ssh://git@a/x', false],
])('credentials for %s go to %s: %s', (from, to, expected) => {
  expect(isSameOrigin(parseRemoteUrl(from), parseRemoteUrl(to))).toBe(expected);
});
