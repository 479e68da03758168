import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockFile } from '../native/file-lock.ts';
import { killGroup } from '../native/process-group.ts';
import { isRunning, type ProcessIdentity } from '../native/process-identity.ts';
import { PlaneError } from './plane-error.ts';

/** What a plane leaves in its folder for others to find it; JSON in `plane.json`. */
export interface PlaneRecord {
  /** The process that started the components and stops them. */
  owner: ProcessIdentity;
  /** What runs; empty once the plane has been stopped. */
  components: Record<string, ProcessIdentity>;
  ports: { etcd: number; api: number };
  server: string;
  kubeconfig: string;
  /** Kubernetes version, such as `v1.36.3`; absent until it is ready. */
  version?: string;
  auditLog?: string;
  /** RFC 3339. */
  startedAt: string;
}

const prefix = 'tenantry-plane-';

/** The folder of a plane and the claim on it. */
export interface PlaneFolder {
  dir: string;
  /** What the previous plane in this folder recorded. */
  previous: PlaneRecord | undefined;
  path(...parts: string[]): string;
  record(record: PlaneRecord): Promise<void>;
  /** Gives up the claim; removes the folder if it was a temporary one. */
  release(): Promise<void>;
}

/**
 * Claims `dir`, or a new temporary folder. Components that a killed owner left behind are ended
 * first. Throws `in-use` while another plane runs there.
 */
export async function claimFolder(dir: string | undefined): Promise<PlaneFolder> {
  if (dir === undefined) await removeAbandoned();
  const folder = dir === undefined ? await mkdtemp(path.join(tmpdir(), prefix)) : path.resolve(dir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const release = await lockFile(path.join(folder, 'plane.lock'), {
    onWait(holder) {
      throw new PlaneError('in-use', `Process ${holder.pid} already runs a plane in ${folder}.`);
    },
  });
  const previous = await readRecord(folder);
  if (previous) await endComponents(previous);
  return {
    dir: folder,
    previous,
    path: (...parts) => path.join(folder, ...parts),
    record: (record) => writeRecord(folder, record),
    async release() {
      if (dir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      await release();
    },
  };
}

/** The record in `dir`; undefined if no plane was ever there. */
export async function readRecord(dir: string): Promise<PlaneRecord | undefined> {
  try {
    return JSON.parse(await readFile(path.join(dir, 'plane.json'), 'utf8')) as PlaneRecord;
  } catch {
    return undefined;
  }
}

/** Ends whatever still runs of a recorded plane; pids that now belong to others are left alone. */
export async function endComponents(record: PlaneRecord): Promise<void> {
  for (const component of Object.values(record.components)) {
    if (await isRunning(component)) killGroup(component.pid);
  }
}

async function writeRecord(folder: string, record: PlaneRecord): Promise<void> {
  const draft = path.join(folder, `plane.json.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path.join(folder, 'plane.json'));
}

/** Removes temporary folders whose owner was killed before it could. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = path.join(tmpdir(), name);
    // Anyone may write to a shared temporary folder: a stranger's record must not end our processes.
    const owner = await stat(folder).then(
      ({ uid }) => uid,
      () => -1,
    );
    if (owner !== process.getuid?.()) continue;
    const record = await readRecord(folder);
    if (record === undefined || (await isRunning(record.owner))) continue;
    await endComponents(record);
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
