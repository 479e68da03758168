import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { identifyProcess } from '../native/process-identity.ts';
import { planeDown, planeStatus, planeUp } from './background-plane.ts';
import { locatePrograms } from './plane-programs.ts';

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'background-test-'));
  onTestFinished(async () => {
    await planeDown(folder);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

test('a background plane goes up, stays, keeps its data over down and up, and is purged', async () => {
  const dir = await ownFolder();
  const kubectlProgram = (await locatePrograms()).find('kubectl')!;
  expect(await planeDown(dir)).toEqual({ dir, stopped: false });

  const [up, meanwhile] = await Promise.all([
    planeUp(dir, { audit: true, durable: false }),
    planeUp(dir, { audit: true, durable: false }),
  ]);
  expect(meanwhile).toEqual(up);
  expect(up).toMatchObject({ dir, running: true, version: expect.stringMatching(/^v1\./) });
  expect(up.pid).not.toBe(process.pid);
  expect(up.components.every(({ running }) => running)).toBe(true);
  const cluster = { kubeconfig: up.kubeconfig!, kubectl: kubectlProgram };
  const namespace = freshName('background');
  await kubectlOk(['create', 'namespace', namespace], { cluster });
  expect((await planeUp(dir)).pid).toBe(up.pid);
  expect(await planeStatus(dir)).toEqual(up);

  expect(await planeDown(dir)).toEqual({ dir, stopped: true });
  const gone = [up.pid!, ...up.components.map(({ pid }) => pid)];
  expect(await Promise.all(gone.map(identifyProcess))).toEqual(gone.map(() => undefined));
  expect(await planeStatus(dir)).toMatchObject({ running: false });

  const again = await planeUp(dir, { durable: false });
  expect(again.server).toBe(up.server);
  expect((await kubectl(['get', 'namespace', namespace], { cluster })).code).toBe(0);

  await writeFile(path.join(dir, 'mine.txt'), 'not the plane’s');
  await planeDown(dir, { purge: true });
  expect(await readdir(dir)).toEqual(['mine.txt']);
});

test('a killed background plane is seen to be down, and comes up again', async () => {
  const dir = await ownFolder();
  const up = await planeUp(dir, { durable: false });
  process.kill(up.pid!, 'SIGKILL');
  const left = async () => (await planeStatus(dir)).components.filter((one) => one.running).length;
  await expect.poll(left).toBe(0);
  expect((await planeStatus(dir)).running).toBe(false);
  const again = await planeUp(dir, { durable: false });
  expect(again).toMatchObject({ running: true, server: up.server });
});

test('one that cannot start says why', async () => {
  const dir = await ownFolder();
  await writeFile(path.join(dir, 'etcd'), 'a file where a folder should be');
  const up = planeUp(dir);
  await expect(up).rejects.toMatchObject({ code: 'not-ready' });
  await expect(up).rejects.toThrow(/etcd ended by itself/);
  expect((await planeStatus(dir)).components.filter(({ running }) => running)).toEqual([]);
});
