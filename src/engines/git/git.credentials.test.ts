import { readFileSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import type { GitServer } from '../../../test/support/git-server.ts';
import { startProxyServer } from '../../../test/support/proxy-server.ts';
import { createAuthority, issueClient, issueServer } from '../../base/certificate.ts';
import type { GitAuth } from './git-auth.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const basic = { username: 'deploy', password: 'p4ss-w0rd/+=&' };
const ref = { branch: 'main' };

async function secured(auth: Parameters<typeof bench.server>[0] = { auth: { basic } }) {
  const server = await bench.server(auth);
  const hash = await server.createRepo('fleet', { 'a.yaml': 'a' });
  return { server, hash, url: server.url('fleet'), git: await bench.engine() };
}

describe('HTTP credentials', () => {
  test.each<[string, GitAuth, Parameters<typeof bench.server>[0]]>([
    ['basic', { basic }, { auth: { basic } }],
    ['bearer', { bearer: 'tok-en.123' }, { auth: { bearer: 'tok-en.123' } }],
  ])('%s are sent with every request', async (_, auth, options) => {
    const { server, git, url, hash } = await secured(options);
    const tip = await git.resolve({ url, ref, auth });
    await using tree = await git.fetch({ tip, auth });
    expect(tree.commit.hash).toBe(hash);
    expect(server.requests.filter(({ authorization }) => !authorization)).toEqual([]);
  });

  test('in the URL count, and are not in the revision, the argv or the message', async () => {
    const { server, git, hash } = await secured();
    const { username, password } = basic;
    const url = server.url('fleet').replace('//', `//${username}:${encodeURIComponent(password)}@`);
    expect((await git.resolve({ url, ref })).revision).toBe(`main@sha1:${hash}`);
    const { message } = await gitErrorOf(git.resolve({ url, ref: { branch: 'nope' } }));
    expect(message).not.toContain('p4ss');
  });

  test.each<[string, GitAuth]>([
    ['none', {}],
    ['wrong ones', { basic: { username: 'deploy', password: 'wrong-secret' } }],
    ['a wrong token', { bearer: 'wrong-secret' }],
  ])('%s are refused with advice', async (_, auth) => {
    const { git, url } = await secured();
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth }));
    expect(`${code}: ${message}`).toMatch(/^authentication-failed: .*check username and password/);
    expect(message).not.toContain('wrong-secret');
  });

  test('that could break out of a header are refused before anything is sent', async () => {
    const { server, git, url } = await secured();
    const auth = { bearer: 'x\r\nHost: evil' };
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth }));
    expect(code).toBe('invalid-credentials');
    expect(server.requests).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'are in no argument vector and no environment while they are used',
    async () => {
      const { server, git, url } = await secured();
      server.fault({ kind: 'stall' });
      const stop = new AbortController();
      const work = git.resolve({ url, ref, auth: { basic }, signal: stop.signal });
      work.catch(() => {});
      await vi.waitFor(() => expect(server.requests.length).toBe(1), 10_000);
      const encoded = Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
      const processes = describeProcesses();
      expect(processes.filter((text) => text.includes('git')).length).toBeGreaterThan(0);
      expect(processes.filter((text) => text.includes(encoded))).toEqual([]);
      expect(processes.filter((text) => text.includes(basic.password))).toEqual([]);
      stop.abort(new Error('seen enough'));
      await expect(work).rejects.toThrow('seen enough');
    },
  );

  test('are gone from the disk afterwards, and never in the mirror', async () => {
    const { git, url } = await secured();
    const tip = await git.resolve({ url, ref, auth: { basic } });
    await using _tree = await git.fetch({ tip, auth: { basic } });
    const files = await readdir(git.root, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'));
    const encoded = Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
    expect(texts.filter((text) => text.includes(encoded) || text.includes('p4ss'))).toEqual([]);
    expect(await readdir(path.join(git.root, 'run'))).toEqual([]);
  });

  test('of another reader do not open a mirror', async () => {
    const { server, git, url } = await secured();
    const tip = await git.resolve({ url, ref, auth: { basic } });
    await using _tree = await git.fetch({ tip, auth: { basic } });
    for (const auth of [{}, { basic: { ...basic, password: 'other' } }]) {
      const { code } = await gitErrorOf(git.fetch({ tip, auth }));
      expect(code).toBe('authentication-failed');
    }
    expect(server.count('fetch')).toBe(1);
  });
});

/** Arguments and environment of every process we may look at, but this one and its parents. */
function describeProcesses(): string[] {
  const own = new Set([String(process.pid), String(process.ppid)]);
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !own.has(name));
  return ids.map((id) => {
    try {
      const read = (file: string) => readFileSync(`/proc/${id}/${file}`, 'latin1');
      return read('cmdline') + read('environ');
    } catch {
      return '';
    }
  });
}

describe('redirects', () => {
  test('within one server keep the credentials', async () => {
    const { server, git, hash } = await secured();
    server.fault({ kind: 'redirect', to: server.url('fleet') }, 'old');
    const url = server.url('old');
    const tip = await git.resolve({ url, ref, auth: { basic } });
    expect(tip).toMatchObject({ url, commit: hash });
    await using tree = await git.fetch({ tip, auth: { basic } });
    expect(await readTree(tree)).toEqual({ 'a.yaml': 'a' });
  });

  test.each<[string, GitAuth]>([
    ['basic', { basic }],
    ['bearer', { bearer: 'tok-en.123' }],
  ])('to another server never carry %s credentials', async (_, auth) => {
    const thief = await bench.server();
    await thief.createRepo('loot', { x: '1' });
    const { server, git, url } = await secured();
    server.fault({ kind: 'redirect', to: thief.url('loot') });
    const tip = await git.resolve({ url, ref, auth });
    await using _tree = await git.fetch({ tip, auth });
    expect(thief.requests.map(({ operation }) => operation)).toEqual([
      'info-refs',
      'ls-refs',
      'info-refs',
      'fetch',
    ]);
    expect(thief.requests.filter(({ authorization }) => authorization)).toEqual([]);
    expect(JSON.stringify(thief.requests)).not.toMatch(/tok-en|ZGVwbG95/);
  });

  test('that ask for the credentials again get none', async () => {
    const thief = await bench.server({ auth: { basic } });
    await thief.createRepo('loot', { x: '1' });
    const { server, git, url } = await secured();
    server.fault({ kind: 'redirect', to: thief.url('loot') });
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth: { basic } }));
    expect(code).toBe('authentication-failed');
    expect(thief.requests.filter(({ authorization }) => authorization)).toEqual([]);
  });

  test('in a circle end', async () => {
    const { server, git, url } = await secured();
    server.fault({ kind: 'redirect', to: url });
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth: { basic } }));
    expect(`${code}: ${message}`).toMatch(/^unreachable: .*redirects more than 5 times/);
    expect(server.requests.length).toBe(6);
  });

  test.each([
    ['a metadata service', 'http://169.254.169.254/fleet.git', 'address-refused'],
    ['a metadata service by IPv6', 'http://[::ffff:a9fe:a9fe]/fleet.git', 'address-refused'],
    ['a file', 'file:///etc', 'invalid-url'],
  ])('to %s are refused', async (_, to, expected) => {
    const { server, git, url } = await secured({});
    server.fault({ kind: 'redirect', to });
    expect((await gitErrorOf(git.resolve({ url, ref }))).code).toBe(expected);
  });

  test('to a port of this host are refused', async () => {
    const local = await bench.server();
    await local.createRepo('fleet', { x: '1' });
    const { server, url } = await secured({});
    server.fault({ kind: 'redirect', to: local.url('fleet') });
    // By a proxy, because any server of a test is on this host itself.
    const proxy = await startProxyServer({ protocol: 'http' });
    bench.defer(() => proxy.stop());
    const git = await bench.engine({ allowLoopback: false });
    const request = { url: url.replace('127.0.0.1', 'git.example.test'), ref };
    const { code } = await gitErrorOf(git.resolve({ ...request, auth: { proxy } }));
    expect(code).toBe('address-refused');
    expect(server.requests.length).toBe(1);
    expect(local.requests).toEqual([]);
  });
});

describe('TLS', () => {
  const authority = createAuthority('test CA');
  const { certPem: cert, keyPem: key } = issueServer(authority, ['127.0.0.1', 'localhost']);
  const serve = async (more: object = {}): Promise<{ server: GitServer; url: string }> => {
    const server = await bench.server({ tls: { cert, key, ...more } });
    await server.createRepo('fleet', { a: '1' });
    return { server, url: server.url('fleet') };
  };

  test('trusts the given CA and no other', async () => {
    const { url } = await serve();
    const git = await bench.engine();
    const tls = { ca: authority.certPem };
    expect((await git.resolve({ url, ref, auth: { tls } })).commit).toMatch(/^[0-9a-f]{40}$/);
    const foreign = { ca: createAuthority('other').certPem };
    for (const auth of [{}, { tls: foreign }]) {
      const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth }));
      expect(`${code}: ${message}`).toMatch(/^certificate: .*check the server's certificate/);
    }
  });

  test('shows a client certificate where it is asked for', async () => {
    const { url } = await serve({ ca: authority.certPem });
    const git = await bench.engine();
    const client = issueClient(authority, { commonName: 'us' });
    const tls = { ca: authority.certPem, cert: client.certPem, key: client.keyPem };
    expect((await git.resolve({ url, ref, auth: { tls } })).commit).toMatch(/^[0-9a-f]{40}$/);
    await gitErrorOf(git.resolve({ url, ref, auth: { tls: { ca: tls.ca } } }));
  });

  test.each([
    ['CA', { ca: 'nonsense' }],
    ['certificate', { ca: authority.certPem, cert: 'nonsense', key }],
    ['key', { ca: authority.certPem, cert, key: 'nonsense' }],
    ['together', { ca: authority.certPem, cert }],
  ])('unusable material is named: %s', async (name, tls) => {
    const { server, url } = await serve();
    const git = await bench.engine();
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth: { tls } }));
    expect(code).toBe('invalid-credentials');
    expect(message).toContain(name);
    expect(server.requests).toEqual([]);
  });

  test('does not go down to plain http by a redirect', async () => {
    const plain = await bench.server();
    await plain.createRepo('fleet', { x: '1' });
    const { server, url } = await serve();
    server.fault({ kind: 'redirect', to: plain.url('fleet') });
    const git = await bench.engine();
    const auth = { tls: { ca: authority.certPem } };
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth }));
    expect(`${code}: ${message}`).toMatch(/^unreachable: .*plain http/);
    expect(plain.requests).toEqual([]);
  });
});
