import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifyProcess, isRunning, type ProcessIdentity } from '../native/process-identity.ts';
import { defaultPlaneFolder, planeDown, planeStatus } from './background-plane.ts';
import type { PlaneRecord } from './plane-folder.ts';

let dir: string;
let bystander: ChildProcess;
let identity: ProcessIdentity;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'background-plane-'));
  // As a component is: the first of a group.
  bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  identity = (await identifyProcess(bystander.pid!))!;
});
afterEach(async () => {
  bystander.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function record(changes: Partial<PlaneRecord>): Promise<void> {
  const content: PlaneRecord = {
    owner: { pid: 2 ** 30, started: '1' },
    components: { etcd: { pid: 2 ** 30, started: '1' } },
    ports: { etcd: 20_001, api: 20_002 },
    server: 'https://127.0.0.1:20002',
    kubeconfig: path.join(dir, 'kubeconfig', 'admin.yaml'),
    startedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
  await writeFile(path.join(dir, 'plane.json'), JSON.stringify(content));
}

describe('stopping a recorded plane', () => {
  test('leaves a process alone that got the owner’s pid later', async () => {
    await record({ owner: { ...identity, started: `${identity.started}0` } });
    expect(await planeDown(dir)).toEqual({ dir, stopped: false });
    expect(await isRunning(identity)).toBe(true);
  });

  test('leaves a process alone that got a component’s pid later', async () => {
    await record({ components: { etcd: { ...identity, started: `${identity.started}0` } } });
    await planeDown(dir);
    expect(await isRunning(identity)).toBe(true);
  });

  test('leaves an owner alone that stopped its plane and went on', async () => {
    await record({ owner: identity, components: {} });
    expect(await planeDown(dir)).toEqual({ dir, stopped: false });
    expect(await isRunning(identity)).toBe(true);
  });

  test('ends the owner, and what a killed owner left', async () => {
    await record({ owner: identity, components: { etcd: identity } });
    expect(await planeDown(dir)).toEqual({ dir, stopped: true });
    expect(await isRunning(identity)).toBe(false);
  });

  test('ends components without an owner', async () => {
    await record({ components: { etcd: identity } });
    expect(await planeStatus(dir)).toMatchObject({
      running: false,
      components: [{ name: 'etcd', pid: identity.pid, running: true }],
    });
    expect(await planeDown(dir)).toEqual({ dir, stopped: false });
    await expect.poll(() => isRunning(identity)).toBe(false);
  });
});

test('a folder that never held a plane has none', async () => {
  const nowhere = path.join(dir, 'none');
  expect(await planeStatus(nowhere)).toEqual({ dir: nowhere, running: false, components: [] });
  expect(await planeDown(nowhere)).toEqual({ dir: nowhere, stopped: false });
});

test('the default folder follows the XDG rules', () => {
  expect(defaultPlaneFolder({ XDG_STATE_HOME: '/state' })).toBe('/state/tenantry/plane');
  expect(defaultPlaneFolder({})).toMatch(/\.local\/state\/tenantry\/plane$/);
});
