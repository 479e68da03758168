import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { GitProgram } from './git-program.ts';
import { authIdentity } from './git-auth.ts';
import type { GitAuth } from './git-auth.ts';
import { initMirror, openMirror } from './mirror.ts';
import { createMirrorSlot } from './mirror-slot.ts';
import type { MirrorLease, MirrorSlot } from './mirror-slot.ts';

/** The mirrors of one engine: one per remote, identity and shape. */
export interface MirrorPool {
  acquire(key: MirrorKey): Promise<MirrorLease>;
  /** Removes what was not used for a while, then the least recently used beyond the bound. */
  collect(): Promise<void>;
  /** Removes every mirror that nobody uses now. */
  clear(): Promise<void>;
}

/** Credentials are part of the key: what one identity fetched, no other can read. */
export interface MirrorKey {
  href: string;
  auth: GitAuth;
  shape: MirrorShape;
}

/** Mirrors without blobs (`sparse`) cannot serve whoever wants all of them. */
export type MirrorShape = 'full' | 'sparse';

export interface MirrorPoolOptions {
  root: string;
  program: GitProgram;
  clock: Clock;
  /** Unused for this long: removed. Milliseconds. */
  maxIdleMs: number;
  /** Sum over all mirrors. */
  maxTotalBytes: number;
}

const nameLength = 40;

/** Opens the pool under `root/mirrors`, taking over what an earlier process left there. */
export async function openMirrorPool(options: MirrorPoolOptions): Promise<MirrorPool> {
  const { program, clock } = options;
  const directory = path.join(options.root, 'mirrors');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const identityKey = await loadKey(path.join(options.root, 'identity.key'));
  const slots = new Map<string, Promise<MirrorSlot>>();
  for (const slot of await adoptMirrors(directory, clock)) {
    slots.set(slot.name, Promise.resolve(slot));
  }
  const create = async (name: string): Promise<MirrorSlot> => {
    const suffix = randomBytes(4).toString('hex');
    const mirror = await initMirror(program, path.join(directory, `${name}-${suffix}`));
    return createMirrorSlot({ name, mirror, clock, isNew: true, lastUsed: clock.now(), bytes: 0 });
  };
  const find = (name: string): Promise<MirrorSlot> => {
    const pending = slots.get(name) ?? create(name);
    slots.set(name, pending);
    return pending;
  };
  const listSlots = async () => {
    const settled = await Promise.allSettled(slots.values());
    return settled.flatMap((slot) => (slot.status === 'fulfilled' ? [slot.value] : []));
  };
  /** Forgets a slot unless another has taken its place. */
  const forget = (name: string, pending: Promise<MirrorSlot>) => {
    if (slots.get(name) === pending) slots.delete(name);
  };

  return {
    async acquire(key) {
      const name = nameOf(key, identityKey);
      for (;;) {
        const pending = find(name);
        try {
          const slot = await pending;
          if (!slot.isRetired()) return slot.lease();
          forget(name, pending);
        } catch (error) {
          // Whoever asks after a failure gets a new try.
          forget(name, pending);
          throw error;
        }
      }
    },
    async clear() {
      const idle = (await listSlots()).filter((slot) => !slot.isInUse());
      await Promise.all(idle.map((slot) => slot.retire()));
    },
    async collect() {
      const known = await listSlots();
      const idle = known.filter((slot) => !slot.isInUse());
      let total = known.reduce((sum, slot) => sum + slot.bytes(), 0);
      for (const slot of idle.sort((left, right) => left.lastUsed() - right.lastUsed())) {
        const isOld = clock.now() - slot.lastUsed() > options.maxIdleMs;
        if (!isOld && total <= options.maxTotalBytes) break;
        total -= slot.bytes();
        await slot.retire();
      }
    },
  };
}

function nameOf({ href, auth, shape }: MirrorKey, identityKey: Buffer): string {
  const parts = JSON.stringify([href, shape, authIdentity(auth, identityKey)]);
  return createHmac('sha256', identityKey).update(parts).digest('hex').slice(0, nameLength);
}

/** The newest mirror of each name; older ones were retired, and go. */
async function adoptMirrors(directory: string, clock: Clock): Promise<MirrorSlot[]> {
  const found = new Map<string, { entry: string; lastUsed: number }>();
  const entries = await readdir(directory);
  for (const entry of entries) {
    const { mtimeMs } = await stat(path.join(directory, entry));
    const rival = found.get(entry.slice(0, nameLength));
    if (!rival || rival.lastUsed < mtimeMs) {
      found.set(entry.slice(0, nameLength), { entry, lastUsed: mtimeMs });
    }
  }
  const kept = new Set([...found.values()].map(({ entry }) => entry));
  for (const entry of entries) {
    if (!kept.has(entry)) await rm(path.join(directory, entry), { recursive: true, force: true });
  }
  return Promise.all(
    [...found].map(async ([name, { entry, lastUsed }]) => {
      const mirror = openMirror(path.join(directory, entry));
      await mirror.tidy();
      const { bytes } = await mirror.size();
      return createMirrorSlot({ name, mirror, clock, isNew: false, lastUsed, bytes });
    }),
  );
}

/** A secret of this volume, so that directory names say nothing about credentials. */
async function loadKey(file: string): Promise<Buffer> {
  const existing = await readFile(file).catch(() => undefined);
  if (existing?.length === 32) return existing;
  const key = randomBytes(32);
  await writeFile(file, key, { mode: 0o600 });
  return key;
}
