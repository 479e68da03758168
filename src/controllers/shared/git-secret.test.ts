import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../base/errors.ts';
import { redact } from '../../base/redact.ts';
import {
  isGitHubAppSecret,
  parseHttpSecret,
  parseProxySecret,
  parseSshSecret,
} from './git-secret.ts';
import { secretValues } from './secret.ts';

const secret = (values: Record<string, string>) =>
  secretValues({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'team-a', name: 'git' },
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  });

function failureOf(act: () => unknown): ReconcileError {
  try {
    act();
  } catch (error) {
    if (error instanceof ReconcileError) return error;
  }
  throw new Error('expected a ReconcileError');
}

describe('http(s) Secret', () => {
  const basic = { username: 'u', password: 'p' };
  test.each<[Record<string, string>, object]>([
    [{}, {}],
    [basic, { basic }],
    [{ bearerToken: 't' }, { bearer: 't' }],
    [{ ...basic, bearerToken: 't' }, { basic }],
    [{ 'ca.crt': 'CA' }, { tls: { ca: 'CA' } }],
    [{ caFile: 'OLD' }, { tls: { ca: 'OLD' } }],
    [{ 'ca.crt': 'CA', caFile: 'OLD' }, { tls: { ca: 'CA' } }],
    [
      { 'tls.crt': 'C', 'tls.key': 'K', ...basic },
      { basic, tls: { cert: 'C', key: 'K' } },
    ],
    [{ certFile: 'C', keyFile: 'K' }, { tls: { cert: 'C', key: 'K' } }],
    [{ identity: 'ssh', known_hosts: 'h' }, {}],
  ])('%j', (values, expected) => {
    expect(parseHttpSecret(secret(values))).toEqual(expected);
  });

  test.each<[Record<string, string>, string]>([
    [{ username: 'u' }, "'password'"],
    [{ password: 'hunter2' }, "'username'"],
    [{ username: 'u', password: '' }, "'password'"],
    [{ 'tls.crt': 'C' }, "'tls.key'"],
    [{ 'tls.key': 'K' }, "'tls.crt'"],
  ])('half of a pair names the other half: %j', (values, missing) => {
    const failure = failureOf(() => parseHttpSecret(secret(values)));
    expect(failure).toMatchObject({ class: 'retryable', reason: 'AuthenticationFailed' });
    // As users read it.
    expect(redact(failure.message)).toBe(failure.message);
    expect(failure.message).toContain(`no ${missing}`);
    expect(failure.message).toContain("Secret 'team-a/git'");
    expect(failure.message).not.toContain('hunter2');
  });

  test.each(['username', 'password', 'bearerToken'])(
    'a line break in %s would reach the protocol',
    (key) => {
      const values = {
        username: 'u',
        password: 'p',
        bearerToken: 't',
        [key]: 'canary\nHost: evil',
      };
      if (key === 'bearerToken') values.username = values.password = '';
      const failure = failureOf(() => parseHttpSecret(secret(values)));
      expect(redact(failure.message)).toBe(failure.message);
      expect(failure.message).toContain(`key '${key}'`);
      expect(failure.message).not.toContain('canary');
    },
  );
});

describe('ssh Secret', () => {
  test('key, hosts and passphrase', () => {
    expect(
      parseSshSecret(secret({ identity: 'KEY\n', known_hosts: 'a ssh-rsa x\nb ssh-rsa y\n' })),
    ).toEqual({ identity: 'KEY\n', knownHosts: 'a ssh-rsa x\nb ssh-rsa y\n' });
    expect(
      parseSshSecret(secret({ identity: 'K', known_hosts: 'h', password: 'p' })),
    ).toMatchObject({ passphrase: 'p' });
  });

  test.each<[Record<string, string>, string]>([
    [{}, "no key 'identity'"],
    [{ username: 'u', password: 'p' }, "no key 'identity'"],
    [{ identity: 'PRIVATE' }, "no key 'known_hosts'"],
    [{ known_hosts: 'h' }, "no key 'identity'"],
  ])('%j: %s', (values, says) => {
    const failure = failureOf(() => parseSshSecret(secret(values)));
    expect(failure.message).toContain(says);
    expect(failure.message).not.toContain('PRIVATE');
  });
});

describe('proxy Secret', () => {
  test.each<[Record<string, string>, object]>([
    [{ address: 'http://proxy:3128' }, { url: 'http://proxy:3128' }],
    [{ address: 'https://proxy/path?q' }, { url: 'https://proxy' }],
    [{ address: 'socks5://[::1]:1080' }, { url: 'socks5://[::1]:1080' }],
    [
      { address: 'http://proxy:3128', username: 'u', password: 'p' },
      { url: 'http://proxy:3128', username: 'u', password: 'p' },
    ],
    [
      { address: 'http://u:p%40s+s&t@proxy:3128' },
      { url: 'http://proxy:3128', username: 'u', password: 'p@s+s&t' },
    ],
    [{ address: 'http://u:%zz@proxy' }, { url: 'http://proxy', username: 'u', password: '%zz' }],
  ])('%j', (values, expected) => {
    expect(parseProxySecret(secret(values))).toEqual(expected);
  });

  test.each<[Record<string, string>, string]>([
    [{}, "no key 'address'"],
    [{ address: 'proxy:3128' }, "key 'address'"],
    [{ address: 'file:///etc/passwd' }, "key 'address'"],
    [{ address: 'socks4://proxy' }, "key 'address'"],
    [{ address: `http://proxy/${'x'.repeat(2048)}` }, "key 'address'"],
    [{ address: 'http://proxy', username: 'u' }, "no 'password'"],
  ])('%j: %s', (values, says) => {
    expect(failureOf(() => parseProxySecret(secret(values))).message).toContain(says);
  });
});

test('the Secret of a GitHub App is recognised, whatever else it holds', () => {
  expect(isGitHubAppSecret(secret({ githubAppID: '1', username: 'u' }))).toBe(true);
  expect(isGitHubAppSecret(secret({ username: 'u' }))).toBe(false);
});

test('a Secret without data, and keys every object inherits, are just absent', () => {
  const empty = secretValues({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
  expect(empty.text('username')).toBeUndefined();
  expect(secret({}).text('constructor', '__proto__')).toBeUndefined();
});
