import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatKey } from '../../src/kube/object.ts';
import { configMap, home } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { conditionOf } from '../support/settled.ts';

/**
 * The volume of the artifact store is full. Both refusals are the kernel's own:
 *
 * - everywhere: the manager runs under a limit of the size of its files (`ulimit -f`, EFBIG, which
 *   takes the same path as ENOSPC and EDQUOT). It cannot be lifted from outside, so what recovers
 *   is a commit that fits again;
 * - where unprivileged mounts are allowed: the manager has its storage on a small tmpfs in a mount
 *   namespace of its own (ENOSPC). A file beside the store fills it, and goes again.
 */
const tenant = 'full';
const source = { namespace: home, name: 'fleet' };
const apps = { namespace: tenant, name: 'apps' };

/** Small in Git, which keeps equal contents once; large as an artifact. */
const large = randomBytes(128 * 1024);
const copies = Object.fromEntries(
  Array.from({ length: 16 }, (_, index) => [`ballast/${index}.bin`, large]),
);

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant] });
  await estate.deploy(tenant);
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

async function uids(): Promise<string[]> {
  return (await estate.applied()).map(({ metadata }) => `${formatKey(metadata)} ${metadata.uid}`);
}

const change = (value: string) => ({ [`${tenant}/settings.yaml`]: configMap('settings', value) });

/** Fails to store what is pushed, and says so; everything else stays as it was. */
async function cannotStore(push: () => Promise<string>): Promise<void> {
  const before = await estate.settled('GitRepository', source, { ready: 'True' });
  const objects = await uids();
  await push();
  const failed = await estate.settled('GitRepository', source, {
    ready: 'False',
    message: /full|no space/,
    has: ['StorageOperationFailed', 'ArtifactInStorage', 'Reconciling'],
    lacks: ['Stalled'],
  });
  const says = conditionOf(failed, 'StorageOperationFailed');
  expect(says?.message).toBe(conditionOf(failed, 'Ready')?.message);
  expect(JSON.stringify(failed.status?.conditions)).not.toContain(estate.storagePath);
  expect(failed.status?.artifact).toEqual(before.status?.artifact);
  const { revision: last = '' } = before.status?.artifact ?? {};
  await estate.settled('Kustomization', apps, { ready: 'True', revision: last });
  expect(await uids()).toEqual(objects);
}

async function recovers(value: string): Promise<void> {
  await estate.settled('GitRepository', source, {
    ready: 'True',
    revision: await estate.tip(),
    lacks: ['StorageOperationFailed', 'ArtifactOutdated', 'Reconciling'],
  });
  const objects = await estate.equalsGit({ [tenant]: 1 });
  expect(objects.get(`${tenant}/settings`)).toBe(value);
}

test('files may not grow: told, nothing lost, and a commit that fits recovers', async () => {
  // Of 512 bytes each.
  const launcher = ['/bin/sh', '-c', 'ulimit -f 1024; exec "$0" "$@"'];
  const manager = await estate.startManager([], { launcher });
  await estate.push({ write: change('fits') });
  await recovers('fits');
  await cannotStore(() => estate.push({ write: { ...change('too much'), ...copies } }));
  await estate.push({ write: change('fits again'), remove: ['ballast'] });
  await recovers('fits again');
  expect(manager.exited).toBe(false);
  await manager.stop();
});

describe.runIf(mayMount())('a full volume', () => {
  test('told, nothing lost, and room recovers without a commit', async () => {
    const script = 'mount -t tmpfs -o size=3m tmpfs "$0"; exec "$@"';
    const launcher = ['unshare', '-rm', '/bin/sh', '-c', script, estate.storagePath];
    const manager = await estate.startManager([], { launcher });
    await estate.push({ write: change('room') });
    await recovers('room');
    // As seen by the manager.
    const ballast = path.join(`/proc/${manager.pid}/root`, estate.storagePath, 'ballast');
    await fill(ballast);
    await cannotStore(() => estate.push({ write: { ...change('no room'), ...copies } }));
    await rm(ballast);
    await recovers('no room');
    expect(manager.exited).toBe(false);
    await manager.stop();
  });
});

/** Writes until the kernel refuses. */
async function fill(file: string): Promise<void> {
  for (const size of [1 << 20, 1 << 16, 1 << 12]) {
    const isRefused = (error: NodeJS.ErrnoException) => error.code === 'ENOSPC';
    for (let full = false; !full;) {
      full = await writeFile(file, Buffer.alloc(size), { flag: 'a' }).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (isRefused(error)) return true;
          throw error;
        },
      );
    }
  }
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
