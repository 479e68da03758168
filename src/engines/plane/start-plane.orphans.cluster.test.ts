import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
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

interface OwnerOptions {
  dir?: string;
  env?: NodeJS.ProcessEnv;
  /** What the owner does once it is told to, besides having a plane. */
  onceTold?: string;
}

/** A process that owns a plane and does nothing else; resolves when the plane is ready. */
async function spawnOwner({ dir, env = process.env, onceTold = '' }: OwnerOptions) {
  const module = path.join(import.meta.dirname, 'start-plane.ts');
  const options = JSON.stringify({ dir, durable: false });
  const script = `
    import { startPlane } from ${JSON.stringify(module)};
    const plane = await startPlane(${options});
    process.stdin.once('data', () => { ${onceTold} });
    console.log(plane.dir);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const folder = line.toString().trim();
  const record = await readRecord(folder);
  return { owner, folder, components: Object.values(record!.components) };
}

const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

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

describe('no component outlives its owner', () => {
  test('that is killed', async () => {
    const dir = await ownFolder();
    const { owner, components } = await spawnOwner({ dir });
    expect(components).toHaveLength(3);
    expect(await running(components)).toBe(3);
    owner.kill('SIGKILL');
    await expect.poll(() => running(components)).toBe(0);

    // And what they had written is still there for the next owner.
    const plane = await startPlane({ dir, durable: false });
    onTestFinished(() => plane.stop());
    expect((await kubectl(['get', 'namespace', 'default'], { cluster: plane })).code).toBe(0);
  });

  test('that is killed while they are stopped and notice nothing', async ({ skip }) => {
    skip(process.platform !== 'linux', 'the kernel’s parent-death signal is Linux’s');
    const { owner, folder, components } = await spawnOwner({});
    for (const { pid } of components) process.kill(pid, 'SIGSTOP');
    owner.kill('SIGKILL');
    await expect.poll(() => running(components)).toBe(0);

    // Nobody was there to remove its temporary folder; the next temporary plane does.
    expect(await isThere(folder)).toBe(true);
    await startPlane({ signal: AbortSignal.timeout(0) }).catch(() => {});
    expect(await isThere(folder)).toBe(false);
  });

  test('that exits without a word', async () => {
    const { owner, folder, components } = await spawnOwner({ onceTold: 'process.exit(0)' });
    const exited = once(owner, 'exit');
    owner.stdin.write('now');
    expect(await exited).toEqual([0, null]);
    await expect.poll(() => running(components)).toBe(0);
    expect(await isThere(folder)).toBe(false);
  });

  test('that is killed, with official binaries either', async () => {
    const assets = await unleashedPrograms();
    const dir = await ownFolder();
    const env = { ...process.env, KUBEBUILDER_ASSETS: assets };
    const { owner, components } = await spawnOwner({ dir, env });
    const before = await readRecord(dir);
    expect(await running(components)).toBe(3);
    owner.kill('SIGKILL');
    await expect.poll(() => running(components)).toBe(0);
    // The keepers are gone; what they kept gave up its ports, so a plane starts on the same ones.
    const plane = await startPlane({ dir, durable: false, env });
    onTestFinished(() => plane.stop());
    expect(plane.server).toBe(before?.server);
    const namespace = freshName('assets');
    await kubectlOk(['create', 'namespace', namespace], { cluster: plane });
    // While it starts, the controller manager does without an API server for ten seconds, and no longer.
    const account = ['wait', '--for=create', 'serviceaccount/default', '-n', namespace];
    await kubectlOk([...account, '--timeout=240s'], { cluster: plane });
    await plane.restartApiServer();
    await kubectlOk(['get', 'namespace', namespace], { cluster: plane });
  });
});
