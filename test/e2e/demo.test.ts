import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';

/** `npm run demo` as users run it, without npm in between. */
const root = path.resolve(import.meta.dirname, '../..');
let dir: string;
/** Temporary files of the demo: a killed one cannot remove them. */
let temporary: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'demo-test-'));
  temporary = await mkdtemp(path.join(tmpdir(), 'demo-tmp-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(temporary, { recursive: true, force: true });
});

function start(...args: string[]) {
  const child = spawn(
    process.execPath,
    [path.join(root, 'scripts/bootstrap.mjs'), 'examples/demo/main.ts', '--dir', dir, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: temporary } },
  );
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  }
  return { child, output, ended: ended(child) };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

/** Processes whose command line names the demo's directory. */
async function leftBehind(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(dir)).map((line) => line.replaceAll('\0', ' '));
}

/** What a demo says of a check that failed, and the lines after it, which say why. */
const failedChecks = (text: string) =>
  text
    .split('\n')
    .flatMap((line, index, lines) => (line.includes('✗') ? lines.slice(index, index + 3) : []));

const nothingLeft = () =>
  eventually('no process of the demo is left', async () => {
    const left = await leftBehind();
    if (left.length > 0) throw new Error(left.join('\n'));
    return true;
  });

test('shows everything, all of it holds, and nothing stays behind', async () => {
  const { output, ended } = start('--once');
  const code = await ended;
  expect(failedChecks(output.text)).toEqual([]);
  expect(output.text).toMatch(/\d{2} checks held, 0 did not\./);
  expect(output.text).toMatch(/^TENANT\s+OBJECT\s+REVISION\s+READY/m);
  expect(output.text).toMatch(/^tenant-b\s+Kustomization\/tenant-b-apps\s+main@sha1:\S+\s+True/m);
  expect(output.text).toContain('export KUBECONFIG=');
  expect(code).toBe(0);
  await nothingLeft();
});

test('killed in the middle it takes everything along, and starts again in the same place', async () => {
  const first = start();
  await eventually('the demo is under way', async () =>
    first.output.text.includes('3. Sharing a source') ? true : undefined,
  );
  // The bootstrap is the parent; the demo itself is what is killed, without a chance to clean up.
  const [demo] = await readFile(
    `/proc/${first.child.pid}/task/${first.child.pid}/children`,
    'utf8',
  ).then((text) => text.trim().split(' ').map(Number));
  process.kill(demo ?? 0, 'SIGKILL');
  await first.ended;
  await nothingLeft();
  const again = start('--once');
  const code = await again.ended;
  expect(failedChecks(again.output.text)).toEqual([]);
  expect(code).toBe(0);
});

test('Ctrl-C ends it cleanly', async () => {
  const { child, output, ended } = start();
  await eventually('the control plane starts', async () =>
    output.text.includes('native/plane is built') ? true : undefined,
  );
  child.kill('SIGINT');
  expect(await ended).not.toBe(0);
  expect(output.text).not.toContain('    at ');
  await nothingLeft();
});
