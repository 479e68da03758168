import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identifyProcess } from '../native/process-identity.ts';
import { startComponent } from './component.ts';

test.each([true, false])(
  'what is killed takes along what it keeps; leashed: %s',
  async (leashed) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'component-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const logFile = path.join(folder, 'log');
    const component = await startComponent({
      name: 'etcd',
      program: { file: '/bin/sh', prefix: ['-c'] },
      args: ['echo $$; trap "" TERM; while :; do sleep 1; done'],
      logFile,
      leashed,
    });
    onTestFinished(() => component.kill());
    const told = async () => Number(await readFile(logFile, 'utf8'));
    await expect.poll(told).toBeGreaterThan(1);
    const kept = await told();
    expect(await identifyProcess(kept)).toBeDefined();
    component.kill();
    await component.ended;
    expect(await identifyProcess(kept)).toBeUndefined();
    component.kill();
  },
);
