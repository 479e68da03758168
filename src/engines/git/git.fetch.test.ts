import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

async function start(files: Record<string, string> = { 'a.yaml': 'a', 'dir/b.yaml': 'b' }) {
  const server = await bench.server();
  const hash = await server.createRepo('fleet', files);
  const git = await bench.engine();
  return { server, hash, git, url: server.url('fleet') };
}

test('gives the commit and its files', async () => {
  const { server, git, url } = await start();
  const hash = await server.commit('fleet', {
    write: { 'c.txt': 'c' },
    executable: { 'run.sh': '#!x' },
    symlinks: { link: 'a.yaml' },
    message: 'Add things\n\nAnd say why.\n',
    at: 1_700_000_000,
  });
  const tip = await git.resolve({ url, ref: { branch: 'main' } });
  await using tree = await git.fetch({ tip });
  expect(tree.commit).toMatchObject({
    hash,
    subject: 'Add things',
    message: 'Add things\n\nAnd say why.\n',
    author: { name: 'Fleet Bot', email: 'fleet@example.com', time: 1_700_000_000_000 },
    committer: { time: 1_700_000_000_000 },
  });
  expect(await readTree(tree)).toEqual({
    'a.yaml': 'a',
    'c.txt': 'c',
    'dir/b.yaml': 'b',
    link: '-> a.yaml',
    'run.sh': '*#!x',
  });
});

test('ten objects with the same URL cost one fetch', async () => {
  const { server, git, url } = await start();
  const tip = await git.resolve({ url, ref: { branch: 'main' } });
  server.requests.length = 0;
  const trees = await Promise.all(Array.from({ length: 10 }, () => git.fetch({ tip })));
  expect(server.count('fetch')).toBe(1);
  for (const tree of trees) {
    expect(await readTree(tree)).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
    await tree[Symbol.asyncDispose]();
  }
  await using again = await git.fetch({ tip });
  expect(again.commit.hash).toBe(tip.commit);
  expect(server.count('fetch')).toBe(1);
});

test('a shallow fetch brings one commit; the next brings the difference', async () => {
  const { server, git, url } = await start({ big: 'x'.repeat(100_000), small: '1' });
  const first = await git.resolve({ url, ref: { branch: 'main' } });
  await (await git.fetch({ tip: first }))[Symbol.asyncDispose]();
  await server.commit('fleet', { write: { small: '2' } });
  const second = await git.resolve({ url, ref: { branch: 'main' } });
  await using tree = await git.fetch({ tip: second });
  expect((await readTree(tree))['small']).toBe('2');
  await using old = await git.fetch({ tip: first });
  expect((await readTree(old))['small']).toBe('1');
  expect(server.count('fetch')).toBe(2);
});

test('any commit can be asked for by its hash alone', async () => {
  const { server, hash, git, url } = await start();
  await server.commit('fleet', { write: { 'a.yaml': 'newer' } });
  const tip = await git.resolve({ url, ref: { commit: hash } });
  await using tree = await git.fetch({ tip });
  expect((await readTree(tree))['a.yaml']).toBe('a');
  const { code } = await gitErrorOf(
    git.fetch({ tip: { url, commit: 'b'.repeat(40), revision: 'x' } }),
  );
  expect(code).toBe('ref-not-found');
});

test('a sparse checkout transfers the wanted directories only', async () => {
  const { server, git, url } = await start({
    'apps/one/a.yaml': 'a',
    'apps/two/b.yaml': 'b',
    'huge/blob': 'x'.repeat(10),
    'root.txt': 'r',
  });
  const tip = await git.resolve({ url, ref: { branch: 'main' } });
  server.requests.length = 0;
  await using tree = await git.fetch({ tip, sparse: ['./apps/one/', 'huge'] });
  expect(await readTree(tree)).toEqual({ 'apps/one/a.yaml': 'a', 'huge/blob': 'x'.repeat(10) });
  expect(server.count('fetch')).toBe(2);
  await using second = await git.fetch({ tip, sparse: ['apps'] });
  expect(Object.keys(await readTree(second))).toEqual(['apps/one/a.yaml', 'apps/two/b.yaml']);
  expect(server.count('fetch')).toBe(3);
  await using third = await git.fetch({ tip, sparse: ['apps/two'] });
  expect(Object.keys(await readTree(third))).toEqual(['apps/two/b.yaml']);
  expect(server.count('fetch')).toBe(3);
});

test.each([['apps/three'], ['root.txt'], ['../x'], ['/etc']])(
  'a sparse path that is no directory is refused: %s',
  async (path) => {
    const { git, url } = await start({ 'apps/one/a.yaml': 'a', 'root.txt': 'r' });
    const tip = await git.resolve({ url, ref: { branch: 'main' } });
    const { code, message } = await gitErrorOf(git.fetch({ tip, sparse: ['apps', path] }));
    expect(code).toBe('sparse-path-missing');
    expect(message).toContain(path);
  },
);

test('a server that does not filter still serves a sparse checkout', async () => {
  const server = await bench.server({ config: { 'uploadpack.allowFilter': 'false' } });
  await server.createRepo('fleet', { 'apps/a': '1', 'other/b': '2' });
  const git = await bench.engine();
  const tip = await git.resolve({ url: server.url('fleet'), ref: { branch: 'main' } });
  await using tree = await git.fetch({ tip, sparse: ['apps'] });
  expect(await readTree(tree)).toEqual({ 'apps/a': '1' });
});

describe('a server of before protocol v2', () => {
  async function startOld(config: Record<string, string> = {}) {
    const server = await bench.server({ oldProtocol: true, config });
    const first = await server.createRepo('fleet', { 'apps/a': '1', 'other/b': '2' });
    await server.commit('fleet', { write: { 'apps/a': 'newer' } });
    return { server, first, git: await bench.engine(), url: server.url('fleet') };
  }

  test('gives the tip of a branch', async () => {
    const { git, url } = await startOld();
    const tip = await git.resolve({ url, ref: { branch: 'main' } });
    await using tree = await git.fetch({ tip });
    expect(await readTree(tree)).toEqual({ 'apps/a': 'newer', 'other/b': '2' });
  });

  test('gives an older commit with all of the history', async () => {
    const { server, first, git, url } = await startOld();
    const pinned = await git.resolve({ url, ref: { commit: first } });
    await using tree = await git.fetch({ tip: pinned });
    expect(await readTree(tree)).toEqual({ 'apps/a': '1', 'other/b': '2' });
    const requests = server.requests.length;
    await using _again = await git.fetch({ tip: pinned });
    expect(server.requests.length).toBe(requests);
  });

  test('says that a commit is not there', async () => {
    const { git, url } = await startOld();
    const tip = await git.resolve({ url, ref: { commit: 'c'.repeat(40), branch: 'main' } });
    expect((await gitErrorOf(git.fetch({ tip }))).code).toBe('ref-not-found');
  });

  test('serves a sparse checkout although it hands out no single blobs', async () => {
    const { git, url } = await startOld({ 'uploadpack.allowFilter': 'true' });
    const tip = await git.resolve({ url, ref: { branch: 'main' } });
    await using tree = await git.fetch({ tip, sparse: ['apps'] });
    expect(await readTree(tree)).toEqual({ 'apps/a': 'newer' });
  });
});
