import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFile } from './file-lock.ts';
import { identifyProcess } from './process-identity.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-lock-'));
  file = path.join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs `body` in another process, with `lockFile`, `file` and `appendFileSync` at hand. */
function inAnotherProcess(body: string) {
  const module = path.join(import.meta.dirname, 'file-lock.ts');
  const script = `
    import { appendFileSync } from 'node:fs';
    import { lockFile } from ${JSON.stringify(module)};
    const file = ${JSON.stringify(file)};
    ${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a lock between processes', () => {
  test('is held by one at a time', async () => {
    const log = path.join(folder, 'log');
    const workers = Array.from({ length: 4 }, () =>
      inAnotherProcess(`
        for (let round = 0; round < 3; round++) {
          const release = await lockFile(file);
          appendFileSync(${JSON.stringify(log)}, 'in ' + process.pid + '\\n');
          await new Promise((resolve) => setTimeout(resolve, 5));
          appendFileSync(${JSON.stringify(log)}, 'out ' + process.pid + '\\n');
          await release();
        }`),
    );
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(24);
    for (let index = 0; index < lines.length; index += 2) {
      expect(lines[index + 1]).toBe(lines[index]!.replace('in', 'out'));
    }
    expect(await readdir(folder)).toEqual(['log']);
  });

  test('is taken over from a holder that was killed', async () => {
    const holder = inAnotherProcess(`
      await lockFile(file);
      console.log('held');
      setInterval(() => {}, 1000);`);
    await once(holder.stdout, 'data');
    const waited: number[] = [];
    const taken = lockFile(file, {
      onWait(by) {
        waited.push(by.pid);
        holder.kill('SIGKILL');
      },
    });
    const release = await taken;
    expect(new Set(waited)).toEqual(new Set([holder.pid]));
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not held by a later process that got the same pid', async () => {
    const self = await identifyProcess(process.pid);
    await writeFile(file, JSON.stringify({ pid: process.pid, started: `${self!.started}1` }));
    const release = await lockFile(file);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['', 'not json', '{}', '{"pid":"1","started":1}', 'null'])(
    'is not held by %j',
    async (content) => {
      await writeFile(file, content);
      await (
        await lockFile(file)
      )();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('stops waiting when told to, and leaves the holder its lock', async () => {
    const release = await lockFile(file);
    const held = await readFile(file, 'utf8');
    const stop = new AbortController();
    const second = lockFile(file, { signal: stop.signal, onWait: () => stop.abort() });
    await expect(second).rejects.toThrow('aborted');
    expect(await readFile(file, 'utf8')).toBe(held);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('given back late does not take it from its new holder', async () => {
    const release = await lockFile(file);
    await rm(file);
    await lockFile(file);
    const held = await readFile(file, 'utf8');
    await release();
    expect(await readFile(file, 'utf8')).toBe(held);
  });

  test('says so when its folder is not there', async () => {
    await expect(lockFile(path.join(folder, 'none', 'lock'))).rejects.toThrow('ENOENT');
  });
});
