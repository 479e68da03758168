import { getPriority } from 'node:os';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLog, silentLog } from '../../base/log.ts';
import {
  buildPath,
  configMap,
  endlessFiles,
  engineBinary,
  engineBuildMs,
} from './__fixtures__/engine.ts';
import { packSource } from './__fixtures__/tarball.ts';
import { startEngine, type EngineOptions, type EngineProcess } from './engine-process.ts';
import { niceness } from './process-priority.ts';
import { RenderError } from './render-error.ts';

let binary: string;
const started: EngineProcess[] = [];
const simple = packSource({
  'kustomization.yaml': 'resources: [map.yaml]\n',
  'map.yaml': configMap('map'),
});

beforeAll(async () => {
  binary = await engineBinary();
}, engineBuildMs);

afterEach(async () => {
  await Promise.all(started.splice(0).map((engine) => engine.stop()));
});

async function start(options: Partial<EngineOptions> = {}): Promise<EngineProcess> {
  const engine = await startEngine({
    binary,
    maxMemoryBytes: 512 << 20,
    maxResponseBytes: 16 << 20,
    allowRemote: false,
    log: silentLog,
    ...options,
  });
  started.push(engine);
  return engine;
}

/** Waits until no process has this id; kernels give ids out again, but not this soon. */
async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await pause(10);
  }
  return false;
}

describe('an engine', () => {
  test('answers one request after the other', async () => {
    const engine = await start();
    expect(JSON.parse(await buildPath(engine, simple))).toMatchObject([{ kind: 'ConfigMap' }]);
    expect(JSON.parse(await buildPath(engine, simple))).toHaveLength(1);
  });

  test('answers what it does not know with a typed error, and goes on', async () => {
    const engine = await start();
    await expect(engine.request({ op: 'format-disk', params: {} })).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(
      engine.request({ op: 'build', params: { artifact: 'sha256:none', path: '.' } }),
    ).rejects.toMatchObject({ code: 'unknown-artifact' });
    await expect(engine.request({ op: 'build', params: { artifact: 7 } })).rejects.toMatchObject({
      code: 'bad-request',
    });
    expect(await buildPath(engine, simple)).toContain('ConfigMap');
  });

  test('refuses a response above the limit instead of sending it', async () => {
    const engine = await start({ maxResponseBytes: 100 });
    await expect(buildPath(engine, simple)).resolves.toContain('ConfigMap');
    const large = packSource({
      'kustomization.yaml': 'configMapGenerator: [{name: large, files: [large.txt]}]\n',
      'large.txt': 'x'.repeat(200),
    });
    await expect(buildPath(engine, large)).rejects.toMatchObject({ code: 'result-too-large' });
  });

  test.runIf(process.platform === 'linux')('is confined by the kernel', async () => {
    const { pid } = await start();
    const priorities = async () =>
      new Set((await readdir(`/proc/${pid}/task`)).map((thread) => getPriority(Number(thread))));
    // Threads come and go while one looks at them: one that has gone has no priority.
    await expect.poll(() => priorities().catch(String)).toEqual(new Set([niceness.build]));
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/NoNewPrivs:\s+1/);
    expect(status).toMatch(/Seccomp:\s+2/);
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toBe('');
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
    const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
    expect(limits).toMatch(/Max file size\s+0\s+0/);
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
  });

  test.runIf(process.platform === 'linux')(
    'that is paused does nothing until it goes on, and ends all the same',
    async () => {
      const engine = await start();
      const isPaused = async () =>
        (await readFile(`/proc/${engine.pid}/status`, 'utf8')).includes('State:\tT');
      engine.pause();
      const built = buildPath(engine, simple);
      await expect.poll(isPaused).toBe(true);
      engine.resume();
      expect(await built).toContain('ConfigMap');
      engine.pause();
      await expect.poll(isPaused).toBe(true);
      await engine.stop();
      expect(await gone(engine.pid)).toBe(true);
    },
  );

  test.runIf(existsSync('/proc/self/autogroup'))(
    'that is demoted takes its session along',
    async () => {
      const engine = await start();
      engine.demote(niceness.endless);
      expect(await readFile(`/proc/${engine.pid}/autogroup`, 'utf8')).toContain('nice 19');
      expect(await readFile('/proc/self/autogroup', 'utf8')).not.toContain('nice 19');
      expect(await buildPath(engine, simple)).toContain('ConfigMap');
    },
  );

  test.runIf(process.platform === 'linux')('gives memory back after a large build', async () => {
    const engine = await start();
    const residentMiB = async () => {
      const status = await readFile(`/proc/${engine.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    };
    const peakMiB = async () => {
      const status = await readFile(`/proc/${engine.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    };
    const large = packSource({
      'kustomization.yaml': 'configMapGenerator: [{name: large, files: [large.txt]}]\n',
      'large.txt': 'text '.repeat(2 << 20),
    });
    await buildPath(engine, large);
    expect(await peakMiB()).toBeGreaterThan(120);
    await expect.poll(residentMiB).toBeLessThan(100);
  });

  test('that is killed answers its request with a clear error', async () => {
    const lines: string[] = [];
    const engine = await start({ log: createLog({ write: (line) => lines.push(line) }) });
    const answer = buildPath(engine, packSource(endlessFiles()));
    const failure = expect(answer).rejects.toMatchObject({
      code: 'engine-crashed',
      message: expect.stringContaining('will be retried') as string,
    });
    await pause(20);
    process.kill(engine.pid, 'SIGKILL');
    await failure;
    expect(engine.alive).toBe(false);
    await expect(engine.request({ op: 'load', params: {} })).rejects.toThrow(RenderError);
    expect(lines.join('')).toContain('"signal":"SIGKILL"');
  });

  test('that is killed on purpose answers with the reason', async () => {
    const engine = await start();
    const answer = buildPath(engine, packSource(endlessFiles()));
    const reason = new Error('because');
    engine.kill(reason);
    await expect(answer).rejects.toBe(reason);
    await engine.ended;
    expect(await gone(engine.pid)).toBe(true);
  });

  test('ends when it is stopped, also in the middle of work', async () => {
    const engine = await start();
    const answer = buildPath(engine, packSource(endlessFiles()));
    const failure = expect(answer).rejects.toMatchObject({ code: 'engine-unavailable' });
    await engine.stop();
    await failure;
    expect(await gone(engine.pid)).toBe(true);
  });

  test.each(['/nonexistent/engine', '/bin/true', '/'])(
    'is unavailable if it is %s',
    async (file) => {
      await expect(start({ binary: file })).rejects.toMatchObject({ code: 'engine-unavailable' });
    },
  );

  test('does not outlive its parent, whatever it is doing and however that ends', async () => {
    const script = `
      import { startEngine } from ${JSON.stringify(import.meta.resolve('./engine-process.ts'))};
      import { buildPath, endlessFiles } from ${JSON.stringify(import.meta.resolve('./__fixtures__/engine.ts'))};
      import { packSource } from ${JSON.stringify(import.meta.resolve('./__fixtures__/tarball.ts'))};
      import { silentLog } from ${JSON.stringify(import.meta.resolve('../../base/log.ts'))};
      const engine = await startEngine({ binary: ${JSON.stringify(binary)}, maxMemoryBytes: 1 << 29,
        maxResponseBytes: 1 << 20, allowRemote: false, log: silentLog });
      void buildPath(engine, packSource(endlessFiles()));
      setTimeout(() => console.log(engine.pid), 50);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    parent.kill('SIGKILL');
    expect(await gone(Number(line))).toBe(true);
  });
});
