import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import type { GitServer, GitServerOptions } from '../../../test/support/git-server.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const modules = (entries: Record<string, string>) =>
  Object.entries(entries)
    .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = "${url}"\n`)
    .join('');

/** `parent` with a submodule at `libs/child` whose URL is `url`. */
async function nest(server: GitServer, url: string, path = 'libs/child') {
  const child = await server.createRepo('team/child', { 'c.yaml': 'child' });
  await server.createRepo('team/parent', { 'p.yaml': 'parent' });
  await server.commit('team/parent', {
    write: { '.gitmodules': modules({ [path]: url }) },
    submodules: { [path]: child },
  });
  return child;
}

async function fetchParent(server: GitServer, more: { sparse?: string[]; auth?: object } = {}) {
  const git = await bench.engine();
  const request = { url: server.url('team/parent'), ref: { branch: 'main' }, auth: more.auth };
  const tip = await git.resolve(request);
  return git.fetch({ tip, recurseSubmodules: true, ...more });
}

describe('submodules', () => {
  test.each(['../child.git', './../child.git', 'ABSOLUTE'])('are mounted: %s', async (url) => {
    const server = await bench.server();
    await nest(server, url.replace('ABSOLUTE', server.url('team/child')));
    await using tree = await fetchParent(server);
    const { '.gitmodules': _, ...files } = await readTree(tree);
    expect(files).toEqual({ 'p.yaml': 'parent', 'libs/child/c.yaml': 'child' });
  });

  test('are left out unless asked for', async () => {
    const server = await bench.server();
    await nest(server, '../child.git');
    const git = await bench.engine();
    const tip = await git.resolve({ url: server.url('team/parent'), ref: { branch: 'main' } });
    await using tree = await git.fetch({ tip });
    expect(Object.keys(await readTree(tree))).toEqual(['.gitmodules', 'p.yaml']);
    expect(server.count('fetch', 'team/child')).toBe(0);
  });

  test('the commit of the gitlink counts, not the tip of the branch', async () => {
    const server = await bench.server();
    await nest(server, '../child.git');
    await server.commit('team/child', { write: { 'c.yaml': 'newer' } });
    await using tree = await fetchParent(server);
    expect((await readTree(tree))['libs/child/c.yaml']).toBe('child');
  });

  test('only those below a sparse directory are fetched', async () => {
    const server = await bench.server();
    await nest(server, '../child.git');
    await server.commit('team/parent', { write: { 'apps/a': '1', 'libs/x': '2' } });
    await using without = await fetchParent(server, { sparse: ['apps'] });
    expect(server.count('fetch', 'team/child')).toBe(0);
    expect((await readTree(without))['apps/a']).toBe('1');
    await using tree = await fetchParent(server, { sparse: ['libs'] });
    expect((await readTree(tree))['libs/child/c.yaml']).toBe('child');
  });

  test('one that contains itself ends at the depth limit', async () => {
    const server = await bench.server();
    const first = await server.createRepo('loop', { x: '1' });
    await server.commit('loop', {
      write: { '.gitmodules': modules({ again: './' }) },
      submodules: { again: first },
    });
    let last = first;
    for (let level = 0; level < 4; level += 1) {
      last = await server.commit('loop', { submodules: { again: last }, write: { x: `${level}` } });
    }
    const git = await bench.engine({ limits: { maxSubmoduleDepth: 2 } });
    const tip = await git.resolve({ url: server.url('loop'), ref: { branch: 'main' } });
    const { code, message } = await gitErrorOf(git.fetch({ tip, recurseSubmodules: true }));
    expect(`${code}: ${message}`).toMatch(/^submodule: .*deeper than 2/);
  });

  test('too many are refused', async () => {
    const server = await bench.server();
    const child = await server.createRepo('child', { c: '1' });
    const paths = ['a', 'b', 'c', 'd'];
    await server.createRepo('parent', {});
    await server.commit('parent', {
      write: { '.gitmodules': modules(Object.fromEntries(paths.map((p) => [p, '../child.git']))) },
      submodules: Object.fromEntries(paths.map((p) => [p, child])),
    });
    const git = await bench.engine({ limits: { maxSubmodules: 3 } });
    const tip = await git.resolve({ url: server.url('parent'), ref: { branch: 'main' } });
    const { code, message } = await gitErrorOf(git.fetch({ tip, recurseSubmodules: true }));
    expect(`${code}: ${message}`).toMatch(/^submodule: more than 3/);
    expect(server.count('fetch', 'child')).toBe(1);
  });
});

describe('hostile submodules', () => {
  test.each([
    ['ext::sh -c touch% /tmp/pwned'],
    ['file:///etc'],
    ['/etc/passwd'],
    ['--upload-pack=touch /tmp/x'],
    ['-oProxyCommand=touch /tmp/x'],
    ['ssh://-oProxyCommand=touch%20x/repo'],
    ['http://169.254.169.254/latest/meta-data'],
    ['git://127.0.0.1/x'],
    ['../../../../x.git'],
    ['fd::3'],
  ])('is refused by name: %s', async (url) => {
    const server = await bench.server();
    await nest(server, url);
    const { code, message } = await gitErrorOf(fetchParent(server));
    expect(`${code}: ${message}`).toMatch(/^submodule: submodule 'libs\/child'/);
  });

  test('one without a URL is refused', async () => {
    const server = await bench.server();
    const child = await server.createRepo('team/child', { c: '1' });
    await server.createRepo('team/parent', { p: '1' });
    await server.commit('team/parent', { submodules: { sub: child } });
    const { code, message } = await gitErrorOf(fetchParent(server));
    expect(`${code}: ${message}`).toMatch(/^submodule: submodule 'sub'.*URL/);
  });

  test('on another host gets no credentials', async () => {
    const auth = { basic: { username: 'u', password: 'parent-secret' } };
    const options: GitServerOptions = { auth };
    const [home, other] = [await bench.server(options), await bench.server()];
    const child = await other.createRepo('child', { c: '1' });
    await home.createRepo('team/parent', { p: '1' });
    await home.commit('team/parent', {
      write: { '.gitmodules': modules({ sub: other.url('child') }) },
      submodules: { sub: child },
    });
    await using tree = await fetchParent(home, { auth });
    expect((await readTree(tree))['sub/c']).toBe('1');
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ authorization }) => authorization)).toEqual([]);
  });

  test('on the same host gets the same credentials', async () => {
    const auth = { basic: { username: 'u', password: 'p4ssword' } };
    const server = await bench.server({ auth });
    await nest(server, '../child.git');
    await using tree = await fetchParent(server, { auth });
    expect((await readTree(tree))['libs/child/c.yaml']).toBe('child');
  });
});
