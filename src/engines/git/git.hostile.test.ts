import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import type { GitOptions } from './git.ts';
import type { ServerRepository } from '../../../test/support/git-server-repository.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const ref = { branch: 'main' };

async function start(limits: GitOptions['limits'] = {}) {
  const server = await bench.server();
  await server.createRepo('evil', { ok: '1' });
  const git = await bench.engine({ limits });
  const fetchMain = async () => {
    const tip = await git.resolve({ url: server.url('evil'), ref });
    return git.fetch({ tip });
  };
  return { server, git, fetchMain, repository: server.repository('evil') };
}

type RawTreeEntry = [mode: string, name: string, oid: string];

/** Writes a tree object Git would never write itself. */
async function writeTree({ git }: ServerRepository, entries: RawTreeEntry[]): Promise<string> {
  const body = Buffer.concat(
    entries.map(([mode, name, oid]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(oid, 'hex')]),
    ),
  );
  const oid = await git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], body);
  const header = Buffer.from(`tree ${body.length}\0`);
  expect(oid).toBe(createHash('sha1').update(header).update(body).digest('hex'));
  return oid;
}

async function pointMainAt(repository: ServerRepository, tree: string): Promise<void> {
  const commit = await repository.git(['commit-tree', '-m', 'evil', tree]);
  await repository.setRef('refs/heads/main', commit);
}

describe('trees that lie', () => {
  test.each<[string, string, string]>([
    ['a parent directory', '100644', '..'],
    ['the directory itself', '100644', '.'],
    ['an empty name', '100644', ''],
    ['a path in a name', '100644', '../../etc/passwd'],
    ['an absolute path', '100644', '/etc/passwd'],
    ['a parent directory as a tree', '40000', '..'],
    ['a repository', '40000', '.git'],
    ['a repository in capitals', '40000', '.GIT'],
  ])('%s is refused', async (_, mode, name) => {
    const { repository, fetchMain } = await start();
    const blob = await repository.git(['rev-parse', 'main:ok']);
    const inner = await writeTree(repository, [['100644', 'config', blob]]);
    const oid = mode === '40000' ? inner : blob;
    await pointMainAt(repository, await writeTree(repository, [[mode, name, oid]]));
    const { code } = await gitErrorOf(fetchMain());
    // The server itself cannot read a tree with an empty name.
    expect(code).toBe(name === '' ? 'unreachable' : 'unsafe-content');
  });

  test('the same name twice is refused', async () => {
    const { repository, fetchMain } = await start();
    const blob = await repository.git(['rev-parse', 'main:ok']);
    const twice: RawTreeEntry[] = [
      ['100644', 'x', blob],
      ['100644', 'x', blob],
    ];
    await pointMainAt(repository, await writeTree(repository, twice));
    expect((await gitErrorOf(fetchMain())).code).toBe('unsafe-content');
  });

  test('a few trees that unfold to billions of paths end at the limit', async () => {
    const { repository, fetchMain } = await start({ maxEntries: 10_000 });
    const blob = await repository.git(['rev-parse', 'main:ok']);
    let tree = await writeTree(repository, [['100644', 'f', blob]]);
    for (let level = 0; level < 10; level += 1) {
      const names = Array.from({ length: 10 }, (_, index) => `d${index}`);
      tree = await writeTree(
        repository,
        names.map((name): RawTreeEntry => ['40000', name, tree]),
      );
    }
    await pointMainAt(repository, tree);
    const { code, message } = await gitErrorOf(fetchMain());
    expect(`${code}: ${message}`).toMatch(/^too-large: .*10000 entries/);
  });

  test('a path without end is refused', async () => {
    const { repository, fetchMain } = await start();
    const blob = await repository.git(['rev-parse', 'main:ok']);
    let tree = await writeTree(repository, [['100644', 'f', blob]]);
    for (let level = 0; level < 30; level += 1) {
      tree = await writeTree(repository, [['40000', 'd'.repeat(200), tree]]);
    }
    await pointMainAt(repository, tree);
    expect((await gitErrorOf(fetchMain())).code).toBe('too-large');
  });
});

describe('what is in the tree stays in the tree', () => {
  test('symbolic links are told apart, never followed', async () => {
    const { server, fetchMain } = await start();
    const symlinks = { passwd: '/etc/passwd', up: '../../..', loop: 'loop' };
    await server.commit('evil', { symlinks });
    await using tree = await fetchMain();
    expect(await readTree(tree)).toEqual({
      ok: '1',
      passwd: '-> /etc/passwd',
      up: '-> ../../..',
      loop: '-> loop',
    });
  });

  test('attributes and filters do nothing', async () => {
    const { server, fetchMain } = await start();
    await server.commit('evil', {
      write: {
        '.gitattributes': '* filter=lfs text eol=crlf ident working-tree-encoding=UTF-16\n',
        text: 'one\n$Id$\n',
      },
    });
    await using tree = await fetchMain();
    expect((await readTree(tree))['text']).toBe('one\n$Id$\n');
  });

  test('odd names arrive as they are', async () => {
    const { server, fetchMain } = await start();
    const write = { 'with space': '1', 'ünï/çødé': '2', '-rf': '3', '"quoted"': '4', '*': '5' };
    await server.commit('evil', { write });
    await using tree = await fetchMain();
    expect(await readTree(tree)).toEqual({ ok: '1', ...write });
  });

  test('nothing of the repository is run or written outside the mirror', async () => {
    const { server, fetchMain } = await start();
    await server.commit('evil', {
      executable: { 'hooks/post-checkout': '#!/bin/sh\ntouch /tmp/pwned-by-hook\n' },
      write: { config: '[core]\n\tfsmonitor = touch /tmp/pwned-by-hook\n' },
    });
    await using tree = await fetchMain();
    await readTree(tree);
    const { existsSync } = await import('node:fs');
    expect(existsSync('/tmp/pwned-by-hook')).toBe(false);
  });
});

describe('sizes', () => {
  test('a blob beyond the limit is refused by its header', async () => {
    const { server, fetchMain } = await start({ maxBlobBytes: 1000 });
    await server.commit('evil', { write: { big: 'x'.repeat(1001) } });
    await using tree = await fetchMain();
    const { code, message } = await gitErrorOf(readTree(tree));
    expect(`${code}: ${message}`).toMatch(/^too-large: .*1000 bytes/);
  });

  test('a transfer beyond the limit is cut off, and its mirror goes', async () => {
    const { randomBytes } = await import('node:crypto');
    const { server, git, fetchMain } = await start({ maxFetchBytes: 500_000 });
    await server.commit('evil', { write: { big: randomBytes(2_000_000) } });
    const { code, message } = await gitErrorOf(fetchMain());
    expect(`${code}: ${message}`).toMatch(/^too-large: .*500000 bytes/);
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(`${git.root}/mirrors`)).toEqual([]);
  });

  test('a small pack that unfolds to a huge object ends at the memory limit', async () => {
    const { server, fetchMain } = await start({ maxBlobBytes: 1 });
    const big = Buffer.alloc(66 * 1024 * 1024);
    const almost = Buffer.from(big).fill('x', 0, 1);
    await server.commit('evil', { write: { big, almost } });
    // As a delta, which the receiver has to unfold in memory to know what it is.
    await server.repository('evil').git(['repack', '-a', '-d', '-f', '-q', '--window=1']);
    expect((await gitErrorOf(fetchMain())).code).toBe('too-large');
  });

  test('a hundred thousand files are read', async () => {
    const { repository, fetchMain } = await start();
    const blob = await repository.git(['rev-parse', 'main:ok']);
    const names = Array.from({ length: 1000 }, (_, index) => String(index).padStart(4, '0'));
    const entries = names.map((name): RawTreeEntry => ['100644', name, blob]);
    const full = await writeTree(repository, entries);
    const directories = names.slice(0, 100).map((name): RawTreeEntry => ['40000', name, full]);
    await pointMainAt(repository, await writeTree(repository, directories));
    await using tree = await fetchMain();
    const files = await readTree(tree);
    expect(Object.keys(files).length).toBe(100_000);
    expect(files['0099/0999']).toBe('1');
  });

  test('more files than allowed are not', async () => {
    const { server, fetchMain } = await start({ maxEntries: 50 });
    const names = Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x']);
    await server.commit('evil', { write: Object.fromEntries(names) as Record<string, string> });
    expect((await gitErrorOf(fetchMain())).code).toBe('too-large');
  });
});

describe('URLs that are more than URLs', () => {
  test.each([
    ['--upload-pack=touch /tmp/pwned'],
    ['-oProxyCommand=touch%20/tmp/pwned'],
    ['ext::sh -c touch% /tmp/pwned'],
    ['fd::17/foo'],
    ['file:///etc'],
    ['/etc/passwd'],
    ['git://127.0.0.1/x'],
    ['ftp://127.0.0.1/x'],
    ['git@127.0.0.1:x/y.git'],
    ['ssh://-oProxyCommand=touch%20x/y'],
    ['ssh://-lroot@127.0.0.1/y'],
    ['ssh://git@127.0.0.1/a%0aHost%20evil'],
    ['ssh://git%20x@127.0.0.1/a'],
    ['ssh://git@127.0.0.1'],
    ['http://127.0.0.1/a\nb'],
    ['http://127.0.0.1/%0d%0aHost:%20evil'],
    ['http://exa mple/x'],
    ['https://'],
    [''],
    [`https://example.com/${'x'.repeat(3000)}`],
  ])('%j is refused', async (url) => {
    const { git, server } = await start();
    const { code } = await gitErrorOf(git.resolve({ url, ref }));
    expect(code).toBe('invalid-url');
    expect(server.requests).toEqual([]);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/latest',
    'http://0xa9fea9fe/latest',
    'http://[fe80::1]/x',
    'http://[fd00:ec2::254]/x',
    'ssh://git@169.254.169.254/x',
    'ssh://git@[fe80::1]/x',
    'http://0.0.0.0/x',
  ])('%s is refused by its address', async (url) => {
    const { git } = await start();
    const ssh = { identity: 'x', knownHosts: 'y' };
    expect((await gitErrorOf(git.resolve({ url, ref, auth: { ssh } }))).code).toBe(
      'address-refused',
    );
  });

  test.each([
    'http://127.0.0.1:1/x',
    'http://localhost:1/x',
    'http://[::1]:1/x',
    'http://2130706433:1/x',
  ])('loopback is refused unless it is allowed: %s', async (url) => {
    const strict = await bench.engine({ allowLoopback: false });
    expect((await gitErrorOf(strict.resolve({ url, ref }))).code).toBe('address-refused');
    const open = await bench.engine();
    expect((await gitErrorOf(open.resolve({ url, ref }))).code).toBe('unreachable');
  });
});
