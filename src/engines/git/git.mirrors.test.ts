import { readdir, readFile, rm, stat, truncate, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import type { GitOptions } from './git.ts';
import type { Tip } from './resolve-reference.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const ref = { branch: 'main' };

async function start(options: Partial<GitOptions> = {}) {
  const server = await bench.server();
  await server.createRepo('fleet', { 'a.yaml': 'a', 'dir/b.yaml': 'b' });
  const git = await bench.engine(options);
  const tip = await git.resolve({ url: server.url('fleet'), ref });
  const use = async (wanted: Tip = tip) => {
    await using tree = await git.fetch({ tip: wanted });
    return await readTree(tree);
  };
  return { server, git, tip, use, url: server.url('fleet') };
}

const mirrorsOf = (root: string) => readdir(path.join(root, 'mirrors'));

async function onlyMirror(root: string): Promise<string> {
  const [name = '', ...others] = await mirrorsOf(root);
  expect(others).toEqual([]);
  return path.join(root, 'mirrors', name);
}

async function packsOf(mirror: string): Promise<string[]> {
  const directory = path.join(mirror, 'objects/pack');
  const files = await readdir(directory);
  return files.filter((file) => file.endsWith('.pack')).map((file) => path.join(directory, file));
}

describe('a damaged mirror is replaced', () => {
  const damages: [string, (mirror: string) => Promise<unknown>][] = [
    ['a pack cut short', async (mirror) => truncate((await packsOf(mirror))[0] ?? '', 40)],
    [
      'a pack overwritten',
      async (mirror) => {
        const [pack = ''] = await packsOf(mirror);
        const bytes = await readFile(pack);
        await rm(pack);
        await writeFile(pack, bytes.fill(0x55, 12, bytes.length - 20));
      },
    ],
    ['its packs gone', (mirror) => rm(path.join(mirror, 'objects/pack'), { recursive: true })],
    ['no HEAD', (mirror) => rm(path.join(mirror, 'HEAD'))],
    ['nonsense in its config', (mirror) => writeFile(path.join(mirror, 'config'), '[core')],
    [
      'only its ref left',
      async (mirror) => {
        await rm(path.join(mirror, 'objects'), { recursive: true });
        await mkdir(path.join(mirror, 'objects'));
      },
    ],
  ];

  test.each(damages)('%s', async (_, damage) => {
    const { server, git, use } = await start();
    await use();
    const mirror = await onlyMirror(git.root);
    await damage(mirror);
    expect(await use()).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
    expect(server.count('fetch')).toBe(2);
    expect(await onlyMirror(git.root)).not.toBe(mirror);
  });

  test('that is gone altogether', async () => {
    const { git, use } = await start();
    await use();
    await rm(await onlyMirror(git.root), { recursive: true });
    expect(await use()).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
  });

  test('damage found while a tree is read is an error now and mended next time', async () => {
    const { git, tip, use } = await start();
    {
      await using tree = await git.fetch({ tip });
      await rm(path.join(await onlyMirror(git.root), 'objects/pack'), { recursive: true });
      const { code } = await gitErrorOf(readTree(tree));
      expect(code).toBe('corrupt');
    }
    expect(await use()).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
  });

  test('a repository that is damaged on the server is not fetched for ever', async () => {
    const { server, git, tip } = await start();
    const { git: onServer, directory } = server.repository('fleet');
    const blob = await onServer(['rev-parse', 'main:a.yaml']);
    await rm(path.join(directory, 'objects', blob.slice(0, 2), blob.slice(2)));
    const { code } = await gitErrorOf(git.fetch({ tip }));
    expect(['corrupt', 'unreachable']).toContain(code);
    expect(server.count('fetch')).toBe(1);
  });
});

describe('what an earlier process left', () => {
  test('is used again without a transfer', async () => {
    const { server, git, tip, use } = await start();
    await use();
    const successor = await bench.engine({ root: git.root });
    await using tree = await successor.fetch({ tip });
    expect((await readTree(tree))['a.yaml']).toBe('a');
    expect(server.count('fetch')).toBe(1);
  });

  test('when it was killed: locks, half packs and secrets are removed', async () => {
    const { server, git, tip, use, url } = await start();
    await use();
    const mirror = await onlyMirror(git.root);
    const junk = [
      path.join(mirror, 'shallow.lock'),
      path.join(mirror, 'config.lock'),
      path.join(mirror, `refs/tenantry/${tip.commit}.lock`),
      path.join(mirror, 'objects/pack/tmp_pack_abc'),
      path.join(git.root, 'run/op-dead/identity'),
    ];
    await mkdir(path.join(git.root, 'run/op-dead'));
    for (const file of junk) await writeFile(file, 'x');
    await server.commit('fleet', { write: { 'a.yaml': 'newer' } });
    const successor = await bench.engine({ root: git.root });
    await using tree = await successor.fetch({ tip: await successor.resolve({ url, ref }) });
    expect((await readTree(tree))['a.yaml']).toBe('newer');
    for (const file of junk) await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('of two mirrors for the same, the older one goes', async () => {
    const { git, use, tip } = await start();
    await use();
    const mirror = await onlyMirror(git.root);
    await mkdir(mirror.replace(/-\w+$/, '-00000000'));
    const old = new Date(0);
    const { utimes } = await import('node:fs/promises');
    await utimes(mirror.replace(/-\w+$/, '-00000000'), old, old);
    const successor = await bench.engine({ root: git.root });
    await using _tree = await successor.fetch({ tip });
    expect(await onlyMirror(git.root)).toBe(mirror);
  });
});

describe('what is kept', () => {
  test('mirrors unused for a day go, those in use stay', async () => {
    const clock = createFakeClock(Date.now());
    const { server, git, tip, use } = await start({ clock });
    await use();
    await server.createRepo('other', { x: '1' });
    const other = await git.resolve({ url: server.url('other'), ref });
    const held = await git.fetch({ tip: other });
    clock.tick(25 * 3_600_000);
    await git.collect();
    expect((await mirrorsOf(git.root)).length).toBe(1);
    expect(await readTree(held)).toEqual({ x: '1' });
    await held[Symbol.asyncDispose]();
    await git.collect();
    expect((await mirrorsOf(git.root)).length).toBe(1);
    clock.tick(25 * 3_600_000);
    await git.collect();
    expect(await mirrorsOf(git.root)).toEqual([]);
    expect(await use(tip)).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
  });

  test('beyond the total, the least recently used go first', async () => {
    const clock = createFakeClock(Date.now());
    const { server, git, use } = await start({ clock, limits: { maxTotalBytes: 12_000 } });
    await use();
    const { randomBytes } = await import('node:crypto');
    for (const name of ['one', 'two']) {
      await server.createRepo(name, { big: randomBytes(4000).toString('hex') });
      clock.tick(1000);
      await use(await git.resolve({ url: server.url(name), ref }));
    }
    await git.collect();
    const fetches = server.count('fetch');
    await use(await git.resolve({ url: server.url('two'), ref }));
    expect(server.count('fetch')).toBe(fetches);
    await use();
    expect(server.count('fetch')).toBe(fetches + 1);
  });

  test('fetching collects now and then by itself', async () => {
    const clock = createFakeClock(Date.now());
    const { server, git, use } = await start({ clock });
    await use();
    await server.createRepo('other', { x: '1' });
    const other = await git.resolve({ url: server.url('other'), ref });
    clock.tick(25 * 3_600_000);
    await use(other);
    await use(other);
    await expect.poll(async () => (await mirrorsOf(git.root)).length).toBe(1);
  });

  test('a mirror that collected too many packs starts anew', async () => {
    const { server, git, use, url } = await start();
    await use();
    const first = await onlyMirror(git.root);
    const [pack = ''] = await packsOf(first);
    for (let count = 0; count < 101; count += 1) {
      await writeFile(path.join(path.dirname(pack), `pack-${count}.pack`), '');
    }
    await use();
    expect(await mirrorsOf(git.root)).toEqual([]);
    await server.commit('fleet', { write: { 'a.yaml': 'newer' } });
    expect((await use(await git.resolve({ url, ref })))['a.yaml']).toBe('newer');
    expect(await onlyMirror(git.root)).not.toBe(first);
  });
});

test('names on disk tell neither URL nor credentials, and differ between volumes', async () => {
  const { server, git, use, url } = await start();
  await use();
  const tip = await git.resolve({ url, ref });
  const auth = { basic: { username: 'u', password: 'secret-word' } };
  await using _tree = await git.fetch({ tip, auth });
  const names = await mirrorsOf(git.root);
  expect(names.length).toBe(2);
  const elsewhere = await bench.engine();
  await using _other = await elsewhere.fetch({ tip, auth });
  for (const name of await mirrorsOf(elsewhere.root)) {
    expect(names.map((own) => own.slice(0, 40))).not.toContain(name.slice(0, 40));
  }
  const key = await stat(path.join(git.root, 'identity.key'));
  expect(key.mode & 0o777).toBe(0o600);
  expect(server.count('fetch')).toBe(3);
});
