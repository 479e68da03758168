import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTarball } from '../../engines/archive/tarball.ts';
import { UsageError } from '../../cli/command.ts';
import { readLocalSource, type LocalSource } from './local-source.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'local-source-'));
  const files = {
    'apps/a/a.yaml': 'a: 1',
    'base/b.yaml': 'b: 1',
    '.git/config': 'x',
    'x.png': 'x',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  await symlink('/etc/passwd', path.join(root, 'apps/a/link.yaml'));
});
afterAll(() => rm(root, { recursive: true }));

const signal = new AbortController().signal;
async function filesOf({ artifact }: LocalSource): Promise<string[]> {
  const content = await artifact.open();
  const bytes = Readable.from([content as Uint8Array]);
  const files = await readTarball(bytes, () => true, { maxFiles: 100, maxBytes: 1 << 20 });
  return files.map((file) => file.path);
}
const read = (request: { directory: string; specPath: string; root?: string; ignore?: string }) =>
  readLocalSource({ ...request, directory: path.join(root, request.directory), signal });

test.each([
  ['what spec.path starts from', 'apps/a', './apps/a', 'apps/a'],
  ['the repository, for a directory of another name', 'apps/a', './other', 'apps/a'],
  ['the repository itself', '', './', ''],
])('the root is %s', async (_, directory, specPath, inside) => {
  const local = await read({ directory, specPath });
  expect(local.path).toBe(inside);
  expect(await filesOf(local)).toEqual(['apps/a/a.yaml', 'base/b.yaml']);
  expect(local.artifact.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test('the root may be named, and what the source ignores is left out', async () => {
  const local = await read({ directory: 'apps/a', specPath: './', root: path.join(root, 'apps') });
  expect([local.path, await filesOf(local)]).toEqual(['a', ['a/a.yaml']]);
  const ignoring = await read({ directory: 'apps/a', specPath: './apps/a', ignore: '/base' });
  // Patterns of one's own replace the defaults.
  expect(await filesOf(ignoring)).toEqual(['apps/a/a.yaml', 'x.png']);
});

test('a directory that is none, or not below the root, is told', async () => {
  const none = read({ directory: 'none', specPath: './' });
  await expect(none).rejects.toThrow(UsageError);
  const outside = read({ directory: 'base', specPath: './', root: path.join(root, 'apps') });
  await expect(outside).rejects.toThrow('is not below --root');
});
