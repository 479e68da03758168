import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import { startProxyServer } from '../../../test/support/proxy-server.ts';
import type { ProxyServerOptions } from '../../../test/support/proxy-server.ts';
import { generateSshKey, startSshGitServer } from '../../../test/support/ssh-git-server.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const ref = { branch: 'main' };
const protocols = ['http', 'socks5'] as const;

async function startProxy(options: ProxyServerOptions) {
  const proxy = await startProxyServer(options);
  bench.defer(() => proxy.stop());
  return proxy;
}

describe.each(protocols)('through a %s proxy', (protocol) => {
  const plain = { username: 'user', password: 'p@ss/word' };

  test('http goes, and names are resolved there', async () => {
    const proxy = await startProxy({ protocol, require: 'user:p@ss/word' });
    const server = await bench.server();
    const hash = await server.createRepo('fleet', { a: '1' });
    const git = await bench.engine({ allowLoopback: false });
    const url = server.url('fleet').replace('127.0.0.1', 'git.example.test');
    const auth = { proxy: { url: proxy.url, ...plain } };
    const tip = await git.resolve({ url, ref, auth });
    expect(tip.commit).toBe(hash);
    await using tree = await git.fetch({ tip, auth });
    expect(await readTree(tree)).toEqual({ a: '1' });
    const { port } = new URL(server.origin);
    expect(new Set(proxy.targets)).toEqual(new Set([`git.example.test:${port}`]));
  });

  test('ssh goes, without a proxy command', async () => {
    const proxy = await startProxy({ protocol, require: 'user:p@ss/word' });
    const key = generateSshKey();
    const server = await startSshGitServer({ authorizedKey: key.public });
    bench.defer(() => server.stop());
    const hash = await server.createRepo('fleet', { a: '1' });
    const git = await bench.engine({ allowLoopback: false });
    const knownHosts = server.knownHosts.replace('127.0.0.1', 'git.example.test');
    const auth = {
      ssh: { identity: key.private, knownHosts },
      proxy: { url: proxy.url, ...plain },
    };
    const url = server.url('fleet').replace('127.0.0.1', 'git.example.test');
    const tip = await git.resolve({ url, ref, auth });
    expect(tip.commit).toBe(hash);
    await using tree = await git.fetch({ tip, auth });
    expect(await readTree(tree)).toEqual({ a: '1' });
    expect(proxy.targets).toEqual(Array(2).fill(`git.example.test:${server.port}`));
  });

  test('wrong credentials are refused and not repeated', async () => {
    const proxy = await startProxy({ protocol, require: 'user:right' });
    const server = await bench.server();
    await server.createRepo('fleet', { a: '1' });
    const git = await bench.engine();
    const auth = { proxy: { url: proxy.url, username: 'user', password: 'wrong-secret' } };
    const { code, message } = await gitErrorOf(
      git.resolve({ url: server.url('fleet'), ref, auth }),
    );
    expect(['authentication-failed', 'unreachable']).toContain(code);
    expect(message).not.toContain('wrong-secret');
    expect(server.requests).toEqual([]);
  });

  test('a metadata address is still refused', async () => {
    const proxy = await startProxy({ protocol });
    const git = await bench.engine();
    const auth = { proxy: { url: proxy.url } };
    const url = 'http://169.254.169.254/latest';
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth }));
    expect(code).toBe('address-refused');
    expect(proxy.targets).toEqual([]);
  });
});

test.each(['ftp://127.0.0.1:1', 'nonsense', 'http://', `http://${'x'.repeat(3000)}`])(
  'a proxy address that is none is refused: %s',
  async (url) => {
    const git = await bench.engine();
    const request = { url: 'http://127.0.0.1:1/x', ref, auth: { proxy: { url } } };
    expect((await gitErrorOf(git.resolve(request))).code).toBe('invalid-credentials');
  },
);
