import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheRoot, entryName, openBuildCache, sourceKey } from './build-cache.ts';
import type { BuildRecipe } from './native-program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'build-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the cache folder', () => {
  test.each([
    [{ TENANTRY_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    [{ XDG_CACHE_HOME: '/b' }, '/b/tenantry'],
    [{ XDG_CACHE_HOME: '' }, path.join(homedir(), '.cache/tenantry')],
    [{}, path.join(homedir(), '.cache/tenantry')],
  ])('with %j is %s', (env, root) => {
    expect(cacheRoot(env)).toBe(root);
  });
});

describe('the key of a build', () => {
  const recipeIn = (module: string): BuildRecipe => ({
    folder: module,
    goVersion: '1.26.0',
    flags: ['-trimpath'],
    linkFlags: ['-ldflags=-s'],
  });
  let module: string;
  let key: string;
  beforeEach(async () => {
    module = path.join(folder, 'module');
    await mkdir(path.join(module, 'sub'), { recursive: true });
    await writeFile(path.join(module, 'go.mod'), 'module x\n');
    await writeFile(path.join(module, 'sub', 'a.go'), 'package a\n');
    key = await sourceKey(recipeIn(module));
  });

  test('is the same for the same files, wherever they lie and whenever they were written', async () => {
    await utimes(path.join(module, 'go.mod'), new Date(0), new Date(0));
    const elsewhere = path.join(folder, 'elsewhere');
    await rename(module, elsewhere);
    expect(await sourceKey(recipeIn(elsewhere))).toBe(key);
  });

  test('changes with a file', async () => {
    await writeFile(path.join(module, 'sub', 'a.go'), 'package b\n');
    expect(await sourceKey(recipeIn(module))).not.toBe(key);
  });

  test('changes with a name', async () => {
    await rename(path.join(module, 'sub', 'a.go'), path.join(module, 'sub', 'b.go'));
    expect(await sourceKey(recipeIn(module))).not.toBe(key);
  });

  test('changes with bytes that move from one file to the next', async () => {
    await writeFile(path.join(module, 'x'), 'ab');
    await writeFile(path.join(module, 'y'), 'c');
    const before = await sourceKey(recipeIn(module));
    await writeFile(path.join(module, 'x'), 'a');
    await writeFile(path.join(module, 'y'), 'bc');
    expect(await sourceKey(recipeIn(module))).not.toBe(before);
  });

  test('changes with the flags', async () => {
    const recipe = recipeIn(module);
    expect(await sourceKey({ ...recipe, flags: [] })).not.toBe(key);
    expect(await sourceKey({ ...recipe, linkFlags: [] })).not.toBe(key);
  });

  test('names an entry together with the Go that built it', () => {
    expect(entryName('0123456789abcdef', 'go1.27-devel X:a/b')).toBe(
      '0123456789abcdef-go1.27_devel_X_a_b',
    );
  });
});

describe('the cache', () => {
  const entry = (digit: number) => `${String(digit).repeat(16)}-go1.26.8`;

  async function fill(digits: number[]) {
    const cache = await openBuildCache('engine', folder);
    for (const digit of digits) {
      await mkdir(path.join(cache.folder, entry(digit)));
      await writeFile(cache.programIn(entry(digit)), '');
      await utimes(path.join(cache.folder, entry(digit)), digit, digit);
    }
    return cache;
  }

  test('finds what it holds and nothing else', async () => {
    const cache = await fill([1]);
    expect(await cache.find(entry(1))).toBe(cache.programIn(entry(1)));
    expect(await cache.find(entry(2))).toBeUndefined();
    expect(await cache.findSource('1'.repeat(16))).toBe(cache.programIn(entry(1)));
    expect(await cache.findSource('2'.repeat(16))).toBeUndefined();
  });

  test('does not take an entry without its program for one', async () => {
    const cache = await openBuildCache('engine', folder);
    await mkdir(path.join(cache.folder, entry(1)));
    expect(await cache.find(entry(1))).toBeUndefined();
    expect(await cache.findSource('1'.repeat(16))).toBeUndefined();
  });

  test('keeps the three builds used last', async () => {
    const cache = await fill([1, 2, 3, 4, 5]);
    await cache.find(entry(1));
    await cache.trim();
    expect((await readdir(cache.folder)).sort()).toEqual([entry(1), entry(4), entry(5)]);
  });

  test('sweeps what killed builds left, not what runs now', async () => {
    const cache = await fill([]);
    for (const name of ['.old', '.new']) await mkdir(path.join(cache.folder, name));
    await utimes(path.join(cache.folder, '.old'), 1, 1);
    await cache.trim();
    expect(await readdir(cache.folder)).toEqual(['.new']);
  });
});
