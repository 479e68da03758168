import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { sleep, systemClock } from '../../base/clock.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface FileLockOptions {
  signal?: AbortSignal | undefined;
  /** Called about twice a second while another process holds the lock. */
  onWait?: (holder: ProcessIdentity) => void;
}

/**
 * Takes the lock `file` between processes; the returned function gives it back. Waits while its
 * holder runs, and takes over from one that died. Two takers of a dead holder's lock are told apart
 * by the rename; in the worst interleaving both build, and the cache's atomic rename keeps one.
 */
export async function lockFile(
  file: string,
  { signal, onWait }: FileLockOptions = {},
): Promise<() => Promise<void>> {
  const self = await identifyProcess(process.pid);
  const content = JSON.stringify({ ...self, pid: process.pid, nonce: randomUUID() });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    // A hard link appears with its content in place, so that nobody reads half a lock.
    while (!(await tryLink(draft, file))) {
      const seen = await readFile(file, 'utf8').catch(() => undefined);
      if (seen === undefined) continue;
      const holder = parseHolder(seen);
      if (holder !== undefined && (await isRunning(holder))) {
        onWait?.(holder);
        await sleepAlive(500, signal);
      } else {
        await discard(file, seen);
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === content) await rm(file, { force: true });
  };
}

async function tryLink(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's lock, unless someone else has replaced it since it was read. */
async function discard(file: string, seen: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== seen) await tryLink(aside, file);
  await rm(aside, { force: true });
}

function parseHolder(content: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(content) as Partial<ProcessIdentity>;
    return Number.isInteger(pid) && started !== undefined
      ? { pid: Number(pid), started }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A sleep that keeps the process alive: the wait for a lock is the work. */
async function sleepAlive(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const keepAlive = setInterval(() => {}, ms);
  try {
    await sleep(systemClock, ms, signal);
  } finally {
    clearInterval(keepAlive);
  }
}
