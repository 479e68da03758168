import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PlaneStatus } from '../engines/plane/background-plane.ts';
import type { Command, OptionValues } from './command.ts';
import { planeDown, planeStatus, planeUp } from './plane.ts';

const run = (command: Command, options: OptionValues) =>
  command.run({ args: [], options, signal: new AbortController().signal, progress() {} });

const status: PlaneStatus = {
  dir: '/state/plane',
  running: true,
  pid: 100,
  server: 'https://127.0.0.1:20002',
  kubeconfig: '/state/plane/kubeconfig/admin.yaml',
  version: 'v1.36.3',
  auditLogPath: '/state/plane/log/audit.log',
  startedAt: '2026-01-01T00:00:00Z',
  components: [
    { name: 'etcd', pid: 101, running: true },
    { name: 'kube-controller-manager', pid: 102, running: false },
  ],
};

test('a running plane is shown with what one needs to use it', () => {
  expect(planeUp.print?.(status as never)).toBe(`\
Kubernetes v1.36.3 at https://127.0.0.1:20002, pid 100, since 2026-01-01T00:00:00Z
  etcd                     pid 101
  kube-controller-manager  not running
  audit log: /state/plane/log/audit.log
export KUBECONFIG=/state/plane/kubeconfig/admin.yaml`);
});

test('a plane that is down is shown with what it left behind', () => {
  expect(planeStatus.print?.({ ...status, running: false } as never)).toBe(
    'No control plane runs in /state/plane (left over: etcd)',
  );
  expect(planeStatus.print?.({ dir: '/x', running: false, components: [] } as never)).toBe(
    'No control plane runs in /x',
  );
});

test('status and down of a folder without a plane say so', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'cli-plane-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  expect(await run(planeStatus, { dir })).toEqual({ dir, running: false, components: [] });
  const down = await run(planeDown, { dir, purge: true });
  expect(down).toEqual({ dir, stopped: false });
  expect(planeDown.print?.(down as never)).toBe(`No control plane runs in ${dir}`);
});

test('a relative folder is taken from where the user stands', async () => {
  expect(await run(planeStatus, { dir: 'no/such/plane' })).toMatchObject({
    dir: path.resolve('no/such/plane'),
  });
});
