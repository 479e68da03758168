import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { isRunning, type ProcessIdentity } from '../native/process-identity.ts';
import { readRecord } from './plane-folder.ts';
import { locatePrograms } from './plane-programs.ts';
import { startPlane } from './start-plane.ts';

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orphans-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that owns a plane in `dir` and does nothing else; resolves when the plane is ready. */
async function spawnOwner(dir: string, env: NodeJS.ProcessEnv = process.env) {
  const module = path.join(import.meta.dirname, 'start-plane.ts');
  const script = `
    import { startPlane } from ${JSON.stringify(module)};
    await startPlane({ dir: ${JSON.stringify(dir)}, durable: false });
    console.log('ready');`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  await once(owner.stdout, 'data');
  const record = await readRecord(dir);
  return { owner, components: Object.values(record!.components) };
}

/** How many of them still run. */
async function running(components: ProcessIdentity[]): Promise<number> {
  return (await Promise.all(components.map(isRunning))).filter(Boolean).length;
}

/** Official binaries as far as we can tell: programs that know nothing of our leash. */
async function unleashedPrograms(): Promise<string> {
  const folder = await ownFolder();
  const programs = await locatePrograms();
  const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
  for (const name of names) {
    const { file } = programs.find(name)!;
    const script = `#!/bin/sh\nunset TENANTRY_LEASH\nexec '${file}' ${name} "$@"\n`;
    await writeFile(path.join(folder, name), script);
    await chmod(path.join(folder, name), 0o755);
  }
  return folder;
}

describe('no component outlives its owner', { timeout: 120_000 }, () => {
  test('that is killed', async () => {
    const dir = await ownFolder();
    const { owner, components } = await spawnOwner(dir);
    expect(components).toHaveLength(3);
    expect(await running(components)).toBe(3);
    owner.kill('SIGKILL');
    await expect.poll(() => running(components), { timeout: 20_000 }).toBe(0);

    // And what they had written is still there for the next owner.
    const plane = await startPlane({ dir, durable: false });
    onTestFinished(() => plane.stop());
    expect((await kubectl(['get', 'namespace', 'default'], { cluster: plane })).code).toBe(0);
  });

  test('that is killed while they are stopped and notice nothing', async ({ skip }) => {
    skip(process.platform !== 'linux', 'the kernel’s parent-death signal is Linux’s');
    const { owner, components } = await spawnOwner(await ownFolder());
    for (const { pid } of components) process.kill(pid, 'SIGSTOP');
    owner.kill('SIGKILL');
    await expect.poll(() => running(components), { timeout: 20_000 }).toBe(0);
  });

  test('that simply forgets them', async () => {
    const { owner, components } = await spawnOwner(await ownFolder());
    const exited = once(owner, 'exit');
    owner.kill('SIGTERM');
    await exited;
    await expect.poll(() => running(components), { timeout: 20_000 }).toBe(0);
  });

  test('that is killed, with official binaries either', async () => {
    const assets = await unleashedPrograms();
    const dir = await ownFolder();
    const env = { ...process.env, KUBEBUILDER_ASSETS: assets };
    const { owner, components } = await spawnOwner(dir, env);
    expect(await running(components)).toBe(3);
    owner.kill('SIGKILL');
    await expect.poll(() => running(components), { timeout: 20_000 }).toBe(0);
    // The keepers are gone; what they kept gave up its ports, so a plane starts on the same ones.
    const plane = await startPlane({ dir, durable: false, env });
    onTestFinished(() => plane.stop());
    expect(plane.server).toBe((await readRecord(dir))!.server);
    const namespace = freshName('assets');
    await kubectlOk(['create', 'namespace', namespace], { cluster: plane });
    await plane.restartApiServer();
    await kubectlOk(['get', 'namespace', namespace], { cluster: plane });
  });
});
