import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locatePrograms } from './plane-programs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plane-programs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(...names: string[]): Promise<void> {
  for (const name of names) {
    await writeFile(path.join(folder, name), '');
    await chmod(path.join(folder, name), 0o755);
  }
}

describe('official binaries', () => {
  test('are taken from KUBEBUILDER_ASSETS, with what is optional if it is there', async () => {
    await install('etcd', 'kube-apiserver', 'kubectl', 'kube-controller-manager');
    const programs = await locatePrograms({ env: { KUBEBUILDER_ASSETS: folder } });
    expect(programs.origin).toBe('assets');
    expect(programs.find('etcd')).toEqual({ file: path.join(folder, 'etcd'), prefix: [] });
    expect(programs.find('kube-controller-manager')).toBeDefined();
    expect(programs.find('kube-scheduler')).toBeUndefined();
  });

  test('that are incomplete are refused, by name', async () => {
    await install('etcd');
    await writeFile(path.join(folder, 'kubectl'), 'not executable', { mode: 0o600 });
    const located = locatePrograms({ env: { KUBEBUILDER_ASSETS: folder } });
    await expect(located).rejects.toMatchObject({ code: 'programs-missing' });
    await expect(located).rejects.toThrow(/has no kube-apiserver, kubectl\b/);
  });
});

test('without binaries and without Go, the message names both ways out', async () => {
  const env = { PATH: folder, TENANTRY_CACHE: folder, HOME: folder };
  const located = locatePrograms({ env });
  await expect(located).rejects.toMatchObject({ code: 'programs-missing' });
  await expect(located).rejects.toThrow(/needs Go 1\.\d+\.\d+ or newer[^]*KUBEBUILDER_ASSETS/);
});
