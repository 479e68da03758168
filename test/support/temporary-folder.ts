import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reservations } from '../../src/engines/plane/free-port.ts';

/** Vitest loads this file once per project; the projects of a run share one folder. */
interface Shared {
  folder: Promise<string>;
  users: number;
}
const shared = globalThis as { [key: symbol]: Shared | undefined };
const key = Symbol.for('tenantry.test.temporary-folder');

/** Gives the run a temporary folder of its own: what is in it at the end was left by this run, and is removed. */
export async function setup(): Promise<void> {
  const run = (shared[key] ??= { folder: openFolder(), users: 0 });
  run.users++;
  process.env['TMPDIR'] = await run.folder;
}

async function openFolder(): Promise<string> {
  // Which ports are taken is for all runs of this machine to see.
  await mkdir(reservations, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-run-'));
  await symlink(reservations, path.join(folder, path.basename(reservations)));
  return folder;
}

/** Removes the folder with the last project that used it, and says what tests should have removed. */
export async function teardown(): Promise<void> {
  const run = shared[key];
  if (!run || --run.users > 0) return;
  delete shared[key];
  const folder = await run.folder;
  const entries = await readdir(folder, { withFileTypes: true });
  const left = entries.filter((entry) => !entry.isSymbolicLink()).map(({ name }) => name);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  // What is killed cannot remove anything, so that this is no failure of its own.
  if (left.length > 0) console.error(`Tests left in the temporary folder: ${left.join(', ')}`);
}
