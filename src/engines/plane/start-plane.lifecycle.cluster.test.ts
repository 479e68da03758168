import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { identifyProcess } from '../native/process-identity.ts';
import { planeStatus } from './background-plane.ts';
import { startPlane } from './start-plane.ts';
import type { Plane, PlaneOptions } from './plane.ts';

/** A plane to stop and restart at will: the run's shared one is everybody's. */
async function ownPlane(options?: PlaneOptions): Promise<Plane> {
  const plane = await startPlane(options);
  onTestFinished(() => plane.stop());
  return plane;
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plane-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

describe('a plane while it runs', () => {
  let plane: Plane;
  beforeAll(async () => {
    plane = await startPlane({ scheduler: true });
  });
  afterAll(() => plane.stop());

  test('runs beside another one and shares nothing with it', async () => {
    const other = await ownPlane();
    expect(other.server).not.toBe(plane.server);
    const namespace = freshName('side');
    await kubectlOk(['create', 'namespace', namespace], { cluster: plane });
    const elsewhere = await kubectl(['get', 'namespace', namespace], { cluster: other });
    expect(elsewhere.stderr).toContain('NotFound');
    // Its credentials are worth nothing there, either: another authority signed them.
    const trespass = [`--server=${other.server}`, 'get', 'namespaces'];
    expect((await kubectl(trespass, { cluster: plane })).code).toBe(1);

    await other.stop();
    expect((await kubectl(['get', 'namespaces'], { cluster: plane })).code).toBe(0);
  });

  test('keeps data, port and credentials while its API server is away', async () => {
    const namespace = freshName('kept');
    await kubectlOk(['create', 'namespace', namespace], { cluster: plane });
    const { etcd, 'kube-apiserver': before } = plane.pids();

    await plane.stopApiServer();
    const refused = await kubectl(['get', 'namespaces'], { cluster: plane });
    expect(refused.stderr).toMatch(/refused/);
    await plane.startApiServer();
    expect((await kubectl(['get', 'namespace', namespace], { cluster: plane })).code).toBe(0);

    await plane.restartApiServer();
    expect((await kubectl(['get', 'namespace', namespace], { cluster: plane })).code).toBe(0);
    expect(plane.pids().etcd).toBe(etcd);
    expect(plane.pids()['kube-apiserver']).not.toBe(before);
    // The controllers find their way back by themselves.
    const next = freshName('next');
    await kubectlOk(['create', 'namespace', next], { cluster: plane });
    const account = ['wait', '--for=create', 'serviceaccount/default', '-n', next];
    await kubectlOk([...account, '--timeout=240s'], { cluster: plane });
  });

  test('gives a user a kubeconfig that proves name and groups, and no rights', async () => {
    const subject = { commonName: 'user-a', organizations: ['team:a'] };
    const kubeconfig = await plane.clientKubeconfig(subject);
    const options = { cluster: plane, kubeconfig };
    const who = JSON.parse(await kubectlOk(['auth', 'whoami', '-o', 'json'], options)) as {
      status: { userInfo: { username: string; groups: string[] } };
    };
    expect(who.status.userInfo.username).toBe('user-a');
    expect(who.status.userInfo.groups).toEqual(['team:a', 'system:authenticated']);
    expect((await kubectl(['get', 'namespaces'], options)).stderr).toContain('Forbidden');
  });

  test('schedules when asked to', async () => {
    expect(plane.pids()['kube-scheduler']).toBeGreaterThan(0);
    const pod = ['run', 'x', '--image=example.test/x'];
    await kubectlOk(pod, { cluster: plane });
    const condition = 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}';
    const reason = () => kubectlOk(['get', 'pod', 'x', '-o', condition], { cluster: plane });
    await expect.poll(reason).toBe('Unschedulable');
  });
});

describe('a plane when it ends', () => {
  test('leaves neither processes nor files when it is stopped, however often', async () => {
    const plane = await ownPlane();
    const pids = Object.values(plane.pids());
    expect(pids).toHaveLength(3);
    await Promise.all([plane.stop(), plane.stop()]);
    expect(await plane.ended).toBeUndefined();
    expect(await Promise.all(pids.map(identifyProcess))).toEqual(pids.map(() => undefined));
    expect(await isThere(plane.dir)).toBe(false);
    await expect(plane.startApiServer()).rejects.toMatchObject({ code: 'not-running' });
  });

  test('ends with the reason when a component ends by itself', async () => {
    const plane = await ownPlane();
    const pids = Object.values(plane.pids());
    process.kill(plane.pids()['kube-controller-manager']!, 'SIGKILL');
    const reason = await plane.ended;
    expect(reason?.message).toMatch(/^kube-controller-manager ended by itself \(SIGKILL\)/);
    expect(await Promise.all(pids.map(identifyProcess))).toEqual(pids.map(() => undefined));
  });

  test('finds its data and its port again in a folder of its own', async () => {
    const dir = await ownFolder();
    const first = await ownPlane({ dir, durable: false });
    const namespace = freshName('again');
    await kubectlOk(['create', 'namespace', namespace], { cluster: first });
    await expect(startPlane({ dir })).rejects.toMatchObject({ code: 'in-use' });
    expect((await planeStatus(dir)).running).toBe(true);
    await first.stop();
    expect(await planeStatus(dir)).toMatchObject({ running: false, components: [] });

    const second = await ownPlane({ dir, durable: false });
    expect(second.server).toBe(first.server);
    // The old kubeconfig file still opens it.
    const options = { cluster: first };
    expect((await kubectl(['get', 'namespace', namespace], options)).code).toBe(0);
  });

  test('that is told to stop while it starts leaves nothing behind', async () => {
    const dir = await ownFolder();
    const stop = new AbortController();
    const starting = startPlane({ dir, signal: stop.signal });
    const running = async () => (await planeStatus(dir)).components.length;
    await expect.poll(running).toBeGreaterThan(0);
    const { components } = await planeStatus(dir);
    stop.abort();
    await expect(starting).rejects.toThrow('aborted');
    for (const { pid } of components) expect(await identifyProcess(pid)).toBeUndefined();
    expect(await readdir(dir)).not.toContain('plane.lock');
  });
});
