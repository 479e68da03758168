import { randomUUID } from 'node:crypto';
import { glob, opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** How long replaced artifacts stay for consumers that are not done with them. */
export interface Retention {
  /** `--artifact-retention-ttl`: older ones go. */
  ttlMs: number;
  /** `--artifact-retention-records`: at most so many stay, the current one included. */
  records: number;
}

const temporaryPrefix = '.writing-';
/** Files looked at in one collection; the rest waits for the next. */
const maxFiles = 1000;

export const temporaryName = () => `${temporaryPrefix}${randomUUID()}`;

/**
 * Removes an object's artifacts that are older than the TTL, then the oldest until `records` are
 * left. The current one always stays. Returns the removed paths, below the root.
 */
export async function collectGarbage(request: {
  root: string;
  /** Directory of the object, below the root. */
  owner: string;
  current: string | undefined;
  retention: Retention;
  now: number;
}): Promise<string[]> {
  const { root, owner, current, retention, now } = request;
  const files = await listFiles(path.join(root, owner));
  const old = files
    .map(({ name, mtimeMs }) => ({ path: `${owner}/${name}`, mtimeMs }))
    .filter((file) => file.path !== current)
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  const kept = current === undefined ? retention.records : retention.records - 1;
  const doomed = old.filter(
    ({ mtimeMs }, newest) => now - mtimeMs > retention.ttlMs || newest >= kept,
  );
  await Promise.all(doomed.map((file) => rm(path.join(root, file.path), { force: true })));
  return doomed.map((file) => file.path);
}

async function listFiles(directory: string): Promise<{ name: string; mtimeMs: number }[]> {
  const found: { name: string; mtimeMs: number }[] = [];
  try {
    for await (const entry of await opendir(directory)) {
      if (!entry.isFile() || entry.name.startsWith(temporaryPrefix)) continue;
      const { mtimeMs } = await stat(path.join(directory, entry.name));
      found.push({ name: entry.name, mtimeMs });
      if (found.length >= maxFiles) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return found;
}

/** Removes what writers that were killed left behind; only for a store nobody writes to yet. */
export async function sweepTemporary(root: string): Promise<void> {
  for await (const file of glob(`*/*/*/${temporaryPrefix}*`, { cwd: root })) {
    await rm(path.join(root, file), { force: true });
  }
}
