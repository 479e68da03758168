import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning } from './process-identity.ts';

test('a process is itself until it ends, and nobody else has its identity', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = await identifyProcess(child.pid!);
  expect(identity).toEqual({ pid: child.pid, started: expect.any(String) });
  expect(await isRunning(identity!)).toBe(true);
  expect(await isRunning({ ...identity!, started: `${identity!.started}0` })).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isRunning(identity!)).toBe(false);
});

test('a dead process that its parent has not buried counts as ended', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs a zombie on demand');
  // `sh` becomes a program that never waits for the child it inherited, which ends when it may.
  const parent = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  try {
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    (parent.stdio[3] as Socket).end();
    await expect.poll(() => identifyProcess(pid)).toBeUndefined();
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    parent.kill('SIGKILL');
  }
});

test('there is no process 0 to identify, nor one beyond the limit', async () => {
  expect(await identifyProcess(0)).toBeUndefined();
  expect(await identifyProcess(2 ** 30)).toBeUndefined();
});
