import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKeyring } from './keyring.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyring-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a keyring opened again is the same, and still issues', async () => {
  const first = await openKeyring(folder);
  const admin = await first.client({ commonName: 'admin', organizations: ['system:masters'] });
  const adminPem = await readFile(admin.cert, 'utf8');
  const names = await readdir(folder);

  const second = await openKeyring(folder);
  expect(second.authority.certPem).toBe(first.authority.certPem);
  expect(await readdir(folder)).toEqual(names);
  const again = await second.client({ commonName: 'admin', organizations: ['system:masters'] });
  expect(await readFile(again.cert, 'utf8')).toBe(adminPem);

  const { cert } = await second.client({ commonName: 'user-a' });
  const authority = new X509Certificate(first.authority.certPem);
  expect(new X509Certificate(await readFile(cert)).verify(authority.publicKey)).toBe(true);
});

test('users with hostile or clashing names get files of their own inside the folder', async () => {
  const keyring = await openKeyring(folder);
  const subjects = [
    { commonName: '../../etc/passwd' },
    { commonName: 'a', organizations: ['b'] },
    { commonName: 'a' },
    { commonName: 'A' },
  ];
  const files = await Promise.all(
    subjects.map(async (subject) => (await keyring.client(subject)).cert),
  );
  expect(new Set(files).size).toBe(subjects.length);
  for (const file of files) expect(path.dirname(file)).toBe(folder);
});

test('nobody but the owner reads it', async () => {
  const inner = path.join(folder, 'pki');
  const keyring = await openKeyring(inner);
  await keyring.client({ commonName: 'x' });
  expect((await stat(inner)).mode & 0o077).toBe(0);
  for (const name of await readdir(inner)) {
    expect((await stat(path.join(inner, name))).mode & 0o077).toBe(0);
  }
});
