import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf } from '../../../test/support/git-engine.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

async function start() {
  const server = await bench.server();
  const hash = await server.createRepo('fleet', { 'a.yaml': 'a' });
  const git = await bench.engine();
  return { server, hash, git, url: server.url('fleet') };
}

describe('resolve', () => {
  test('costs one ls-remote, limited to branches', async () => {
    const { server, hash, git, url } = await start();
    const tip = await git.resolve({ url, ref: { branch: 'main' } });
    expect(tip).toEqual({
      url,
      revision: `main@sha1:${hash}`,
      commit: hash,
      reference: 'refs/heads/main',
    });
    expect(server.requests.map(({ operation }) => operation)).toEqual(['info-refs', 'ls-refs']);
  });

  test('of tags that are the same version takes the last by name, whichever is newer', async () => {
    const { server, hash: first, git, url } = await start();
    const second = await server.commit('fleet', { write: { b: '1' }, at: 2_000_000_000 });
    const newest = async () => (await git.resolve({ url, ref: { semver: '1.x' } })).revision;
    await server.tag('fleet', '1.2.0', { target: second });
    await server.tag('fleet', 'v1.2.0', { target: first });
    expect(await newest()).toBe(`v1.2.0@sha1:${first}`);
    await server.tag('fleet', '1.2.0', { target: first });
    await server.tag('fleet', 'v1.2.0', { target: second });
    expect(await newest()).toBe(`v1.2.0@sha1:${second}`);
  });

  test('follows the default branch, tags, names, ranges and commits in this order', async () => {
    const { server, hash: first, git, url } = await start();
    const second = await server.commit('fleet', {
      branch: 'master',
      from: 'main',
      write: { b: '1' },
    });
    await server.tag('fleet', 'v1.0.0', { target: first, message: 'annotated' });
    await server.tag('fleet', 'v1.2.0', { target: second });
    await server.tag('fleet', 'v2.0.0-rc.1', { target: first });
    await server.tag('fleet', 'nonsense', { target: first });
    const { repository } = server;
    await repository('fleet').setRef('refs/pull/7/head', second);

    const revisionOf = async (ref: Parameters<typeof git.resolve>[0]['ref']) =>
      (await git.resolve({ url, ref })).revision;
    expect(await revisionOf(undefined)).toBe(`master@sha1:${second}`);
    expect(await revisionOf({ branch: 'main' })).toBe(`main@sha1:${first}`);
    expect(await revisionOf({ branch: 'main', tag: 'v1.0.0' })).toBe(`v1.0.0@sha1:${first}`);
    expect(await revisionOf({ tag: 'v1.0.0', semver: '>=1.1' })).toBe(`v1.2.0@sha1:${second}`);
    expect(await revisionOf({ semver: '>=1.0.0-0' })).toBe(`v2.0.0-rc.1@sha1:${first}`);
    expect(await revisionOf({ semver: '1.x', name: 'refs/pull/7/head' })).toBe(
      `refs/pull/7/head@sha1:${second}`,
    );
    expect(await revisionOf({ name: 'refs/tags/v1.0.0' })).toBe(`refs/tags/v1.0.0@sha1:${first}`);
    expect(await revisionOf({ name: 'refs/heads/main', commit: first })).toBe(`sha1:${first}`);
    expect(await revisionOf({ branch: 'main', commit: first })).toBe(`main@sha1:${first}`);
  });

  test('a commit answers for itself: nothing is asked', async () => {
    const { server, git, url } = await start();
    await git.resolve({ url, ref: { commit: 'a'.repeat(40), branch: 'main' } });
    expect(server.requests).toEqual([]);
  });

  test('says what is missing', async () => {
    const { server, git, url } = await start();
    await server.createRepo('empty');
    const failure = async (name: string, ref: Parameters<typeof git.resolve>[0]['ref']) => {
      const { code, message } = await gitErrorOf(git.resolve({ url: server.url(name), ref }));
      return `${code}: ${message}`;
    };
    expect(await failure('fleet', { branch: 'nope' })).toMatch(/^ref-not-found: .*branch 'nope'/);
    expect(await failure('fleet', { tag: 'v9' })).toMatch(/^ref-not-found: .*tag 'v9'/);
    expect(await failure('fleet', { name: 'refs/pull/1/head' })).toMatch(/^ref-not-found/);
    expect(await failure('fleet', { semver: '>=99' })).toMatch(/^ref-not-found: .*'>=99'/);
    expect(await failure('fleet', { semver: 'latest' })).toMatch(/^invalid-reference: .*latest/);
    expect(await failure('empty', { branch: 'main' })).toMatch(/^empty-repository: /);
    expect(await failure('absent', { branch: 'main' })).toMatch(/^not-found: .*check the URL/);
    expect(url).toContain('fleet');
  });

  test('a branch whose name ends like another is not mistaken for it', async () => {
    const { server, hash, git, url } = await start();
    await server.commit('fleet', { branch: 'x/refs/heads/main', write: { evil: '1' } });
    const tip = await git.resolve({ url, ref: { branch: 'main' } });
    expect(tip.commit).toBe(hash);
  });

  test.each([
    { branch: '--upload-pack=touch /tmp/x' },
    { branch: 'a..b' },
    { branch: 'a b' },
    { branch: 'x.lock' },
    { branch: 'a\nb' },
    { tag: '-x' },
    { tag: 'a^{}' },
    { tag: 'v*' },
    { name: '--exec=x' },
    { name: 'main' },
    { commit: 'abc' },
    { commit: '--output=x' },
    { commit: 'A'.repeat(40) },
  ])('refuses the name %j before anything runs', async (ref) => {
    const { server, git, url } = await start();
    const { code } = await gitErrorOf(git.resolve({ url, ref }));
    expect(code).toBe('invalid-reference');
    expect(server.requests).toEqual([]);
  });
});
