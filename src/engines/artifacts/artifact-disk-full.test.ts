import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/**
 * A real refusal by the kernel: the writer runs in a process whose files may not grow past a limit
 * (`ulimit -f`, EFBIG), which takes the same path as ENOSPC and EDQUOT.
 */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'artifacts-full-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const script = (store: string) => `
process.on('SIGXFSZ', () => {});
const { createArtifactStore } = await import(${JSON.stringify(store)});
const store = await createArtifactStore({
  root: process.argv[2], advertisedAddress: 'x', digestAlgorithm: 'sha256',
  retention: { ttlMs: 1, records: 1 }, clock: { now: () => 0, after: () => () => {} },
});
const publish = (bytes) => store.publish({
  kind: 'GitRepository', namespace: 'a', name: 'b', file: 'c.tar.gz', revision: 'r',
  async write(into) {
    for (let i = 0; i < bytes / 65536; i++) {
      await new Promise((ok, no) => into.write(Buffer.alloc(65536), (e) => (e ? no(e) : ok())));
    }
  },
});
await publish(65536);
const failure = await publish(4 * 1024 * 1024).then(() => ({ code: 'none' }), (e) => e);
const again = await publish(65536);
console.log(JSON.stringify({ code: failure.code, message: failure.message, recovered: again.size }));
`;

test('a full disk is one clear error; the previous artifact stays, and the next write works', async () => {
  const file = path.join(root, 'writer.mjs');
  await writeFile(file, script(path.resolve(import.meta.dirname, 'artifact-store.ts')));
  const limited = spawn('/bin/sh', [
    '-c',
    'ulimit -f 1024; exec "$0" "$@"',
    process.execPath,
    file,
    path.join(root, 'store'),
  ]);
  let out = '';
  let err = '';
  limited.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  limited.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await new Promise((resolve) => limited.once('close', resolve));
  expect(err).toBe('');
  const result = JSON.parse(out) as { code: string; message: string; recovered: number };
  expect(result).toMatchObject({ code: 'disk-full', recovered: 65_536 });
  expect(result.message).toContain('storage is full');
  expect(result.message).not.toContain(root);
  const directory = path.join(root, 'store/gitrepository/a/b');
  expect(await readdir(directory)).toEqual(['c.tar.gz']);
  expect((await readFile(path.join(directory, 'c.tar.gz'))).length).toBe(65_536);
});
