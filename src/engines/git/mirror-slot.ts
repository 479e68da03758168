import { rm } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Mirror } from './mirror.ts';
import { createTurns } from './turns.ts';
import type { Turns } from './turns.ts';

/** A mirror in use: it stays on disk until released. */
export interface MirrorLease extends AsyncDisposable {
  readonly mirror: Mirror;
  /** True when it was made for this lease: whatever is wrong with it came over the wire. */
  readonly isNew: boolean;
  /** One writer at a time; those who wait keep the order. */
  inTurn: Turns;
  /** Whoever asks next gets a new mirror; this one goes when its last reader does. */
  retire(): void;
}

/** A mirror of the pool and who uses it. */
export interface MirrorSlot {
  readonly name: string;
  /** Milliseconds since the epoch. */
  lastUsed(): number;
  bytes(): number;
  isInUse(): boolean;
  isRetired(): boolean;
  lease(): MirrorLease;
  /** Removes it now, or when its last lease ends. */
  retire(): Promise<void>;
}

export interface MirrorSlotOptions {
  name: string;
  mirror: Mirror;
  clock: Clock;
  isNew: boolean;
  lastUsed: number;
  bytes: number;
}

/**
 * Every fetch adds a pack, and nothing is ever repacked: once a mirror holds twice what it began
 * with, or too many packs to search, a fresh shallow fetch is cheaper than keeping it.
 */
const maxPacks = 100;
const growthAllowanceBytes = 64 * 1024 * 1024;

export function createMirrorSlot(options: MirrorSlotOptions): MirrorSlot {
  const { name, mirror, clock } = options;
  const inTurn = createTurns();
  let { isNew, lastUsed, bytes } = options;
  let firstBytes = isNew ? undefined : bytes;
  let leases = 0;
  let isRetired = false;

  const removeIfUnused = async () => {
    if (isRetired && leases === 0) await rm(mirror.directory, { recursive: true, force: true });
  };
  const release = async () => {
    leases -= 1;
    isNew = false;
    lastUsed = clock.now();
    const size = await mirror.size();
    bytes = size.bytes;
    firstBytes ??= bytes;
    if (size.packs > maxPacks || bytes > 2 * firstBytes + growthAllowanceBytes) isRetired = true;
    await mirror.touch(lastUsed);
    await removeIfUnused();
  };
  return {
    name,
    lastUsed: () => lastUsed,
    bytes: () => bytes,
    isInUse: () => leases > 0,
    isRetired: () => isRetired,
    lease() {
      leases += 1;
      let released: Promise<void> | undefined;
      return {
        mirror,
        isNew,
        inTurn,
        retire: () => void (isRetired = true),
        [Symbol.asyncDispose]: () => (released ??= release()),
      };
    },
    async retire() {
      isRetired = true;
      await removeIfUnused();
    },
  };
}
