import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import { generateSshKey, startSshGitServer } from '../../../test/support/ssh-git-server.ts';
import type { SshGitServerOptions } from '../../../test/support/ssh-git-server.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

async function start(options: Partial<SshGitServerOptions> & { passphrase?: string } = {}) {
  const key = generateSshKey(options.passphrase);
  const server = await startSshGitServer({ authorizedKey: key.public, ...options });
  bench.defer(() => server.stop());
  const hash = await server.createRepo('team/fleet', { 'a.yaml': 'a', 'dir/b.yaml': 'b' });
  const git = await bench.engine();
  const ssh = { identity: key.private, knownHosts: server.knownHosts };
  return { server, git, key, hash, ssh, url: server.url('team/fleet') };
}

const ref = { branch: 'main' };

describe('ssh', () => {
  test('resolves and fetches with a key, in protocol v2, without a shell', async () => {
    const { server, git, ssh, hash, url } = await start();
    const tip = await git.resolve({ url, ref, auth: { ssh } });
    expect(tip.revision).toBe(`main@sha1:${hash}`);
    await using tree = await git.fetch({ tip, auth: { ssh } });
    expect(await readTree(tree)).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
    expect(server.commands).toEqual(Array(2).fill("git-upload-pack '/team/fleet.git'"));
    expect(server.environment).toEqual({ GIT_PROTOCOL: 'version=2' });
    expect(new Set(server.methods)).toEqual(new Set(['none', 'publickey']));
  });

  test('fetches the blobs of a sparse checkout on demand', async () => {
    const { git, ssh, url } = await start();
    const tip = await git.resolve({ url, ref, auth: { ssh } });
    await using tree = await git.fetch({ tip, auth: { ssh }, sparse: ['dir'] });
    expect(await readTree(tree)).toEqual({ 'dir/b.yaml': 'b' });
  });

  test('unlocks an encrypted key', async () => {
    const { git, ssh, hash, url } = await start({ passphrase: 'open "sesame" $x' });
    const auth = { ssh: { ...ssh, passphrase: 'open "sesame" $x' } };
    expect((await git.resolve({ url, ref, auth })).commit).toBe(hash);
  });

  test('a key without a final newline will do', async () => {
    const { git, ssh, hash, url } = await start();
    const auth = { ssh: { ...ssh, identity: ssh.identity.trimEnd() } };
    expect((await git.resolve({ url, ref, auth })).commit).toBe(hash);
  });
});

describe('ssh refuses', () => {
  const failure = async (change: (started: Awaited<ReturnType<typeof start>>) => object) => {
    const started = await start();
    const auth = { ssh: { ...started.ssh, ...change(started) } };
    const { code, message } = await gitErrorOf(started.git.resolve({ ...started, ref, auth }));
    return { ...started, code, message };
  };

  test('a host whose key is not known', async () => {
    const { code, message, server } = await failure(({ server: { port } }) => ({
      knownHosts: `[127.0.0.1]:${port} ${generateSshKey().public}`,
    }));
    expect(`${code}: ${message}`).toMatch(/^host-key-mismatch: .*known_hosts/);
    expect(server.methods).toEqual([]);
  });

  test('a host that known_hosts does not mention', async () => {
    const { code } = await failure(() => ({
      knownHosts: `example.com ${generateSshKey().public}`,
    }));
    expect(code).toBe('host-key-mismatch');
  });

  test('a key the server does not know', async () => {
    const { code, message } = await failure(() => ({ identity: generateSshKey().private }));
    expect(`${code}: ${message}`).toMatch(/^authentication-failed: .*SSH key/);
  });

  test('something that is no key', async () => {
    const { code, message } = await failure(() => ({ identity: 'not a key' }));
    expect(`${code}: ${message}`).toMatch(/^invalid-credentials: .*private key/);
  });

  test('a wrong passphrase, without repeating it', async () => {
    const { git, ssh, url } = await start({ passphrase: 'right' });
    const auth = { ssh: { ...ssh, passphrase: 'wrong-passphrase' } };
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, auth }));
    expect(['invalid-credentials', 'authentication-failed']).toContain(code);
    expect(message).not.toContain('wrong-passphrase');
  });

  test('an encrypted key without a passphrase', async () => {
    const { git, ssh, url } = await start({ passphrase: 'right' });
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth: { ssh } }));
    expect(['invalid-credentials', 'authentication-failed']).toContain(code);
  });

  test.each([
    ['no key', { identity: '' }],
    ['no known hosts', { knownHosts: ' ' }],
  ])('%s at all', async (_, missing) => {
    const { code, server } = await failure(() => missing);
    expect(code).toBe('invalid-credentials');
    expect(server.methods).toEqual([]);
  });

  test('a repository that is not there', async () => {
    const { git, ssh, server } = await start();
    const { code } = await gitErrorOf(git.resolve({ url: server.url('nope'), ref, auth: { ssh } }));
    expect(code).toBe('not-found');
  });

  test('to wait for ever', async () => {
    const { git, ssh, url } = await start({ stall: true });
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth: { ssh }, timeoutMs: 1500 }));
    expect(code).toBe('timeout');
  });

  test('a port where nobody listens', async () => {
    const { git, ssh, server, url } = await start();
    await server.stop();
    const { code } = await gitErrorOf(git.resolve({ url, ref, auth: { ssh } }));
    expect(code).toBe('unreachable');
  });

  test("to let the path out of the remote shell's quotes", async () => {
    const { git, ssh, server } = await start();
    const url = `ssh://git@127.0.0.1:${server.port}/x';touch%20pwned;'y.git`;
    await gitErrorOf(git.resolve({ url, ref, auth: { ssh } }));
    expect(server.commands).toEqual(["git-upload-pack '/x'\\'';touch pwned;'\\''y.git'"]);
  });
});
