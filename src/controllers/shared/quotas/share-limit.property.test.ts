import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareLimit, type Holding } from './share-limit.ts';

const grain = 5n;
const names = ['a', 'b', 'c', 'd'];
const step = fc.oneof(
  fc.record({ does: fc.constant('use' as const), at: fc.nat(3), amount: fc.nat(6) }),
  fc.record({ does: fc.constant('free' as const), at: fc.nat(3), amount: fc.nat(6) }),
  fc.record({ does: fc.constant('reconcile' as const), at: fc.nat(3), amount: fc.nat(0) }),
  fc.record({ does: fc.constant('enforce' as const), at: fc.nat(3), amount: fc.nat(0) }),
  fc.record({ does: fc.constant('ask' as const), at: fc.nat(3), amount: fc.nat(6) }),
);

/** A namespace's quota as the API server has it: what is written, what is in force, what is used. */
interface Quota {
  hard: bigint | undefined;
  inForce: bigint;
  used: bigint;
  wanted: bigint;
}

function createWorld(limit: bigint) {
  const quotas = new Map<string, Quota>(
    names.map((name) => [name, { hard: undefined, inForce: 0n, used: 0n, wanted: 0n }]),
  );
  const holdings = (): Holding[] =>
    [...quotas].map(([namespace, { hard, inForce, used, wanted }]) => ({
      namespace,
      used,
      hard,
      wanted,
      ceiling: [hard ?? 0n, inForce, used].reduce((a, b) => (a > b ? a : b)),
      isGoing: false,
    }));
  return {
    quotas,
    reconcile() {
      for (const [name, hard] of shareLimit({ limit, holdings: holdings(), grain })) {
        const quota = quotas.get(name);
        if (quota) quota.hard = hard;
      }
    },
    /** Native admission: within what is in force, however stale what we know is. */
    use(name: string, amount: bigint) {
      const quota = quotas.get(name);
      if (!quota || quota.used + amount > quota.inForce) return false;
      quota.used += amount;
      quota.wanted = 0n;
      return true;
    },
    enforce(name: string) {
      const quota = quotas.get(name);
      if (quota) quota.inForce = quota.hard ?? 0n;
    },
    get used() {
      return [...quotas.values()].reduce((total, { used }) => total + used, 0n);
    },
  };
}
type World = ReturnType<typeof createWorld>;

function play(world: World, { does, at, amount }: { does: string; at: number; amount: number }) {
  const name = names[at] ?? '';
  const quota = world.quotas.get(name);
  const size = BigInt(amount) * grain;
  if (does === 'use') world.use(name, size);
  if (does === 'reconcile') world.reconcile();
  if (does === 'enforce') world.enforce(name);
  if (does === 'ask' && quota) quota.wanted = size;
  if (does === 'free' && quota) quota.used -= size < quota.used ? size : quota.used;
}

test('together the namespaces never use more than the limit, in whatever order things happen', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(step, { maxLength: 60 }), (size, steps) => {
      const limit = BigInt(size) * grain;
      const world = createWorld(limit);
      for (const each of steps) {
        play(world, each);
        expect(world.used).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('whoever asks for what is left gets it, once things come to rest', () => {
  fc.assert(
    fc.property(
      fc.nat(20),
      fc.array(step, { maxLength: 40 }),
      fc.nat(3),
      fc.integer({ min: 1, max: 6 }),
      (size, steps, at, amount) => {
        const limit = BigInt(size) * grain;
        const world = createWorld(limit);
        for (const each of steps) play(world, each);
        for (const quota of world.quotas.values()) quota.wanted = 0n;
        const name = names[at] ?? '';
        const wanted = BigInt(amount) * grain;
        const quota = world.quotas.get(name);
        if (quota) quota.wanted = wanted;
        for (let round = 0; round < 6; round += 1) {
          world.reconcile();
          for (const each of names) world.enforce(each);
        }
        const isThere = wanted <= limit - world.used;
        expect(world.use(name, wanted)).toBe(isThere);
      },
    ),
  );
});

test('at rest nothing changes any more', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(step, { maxLength: 40 }), (size, steps) => {
      const world = createWorld(BigInt(size) * grain);
      for (const each of steps) play(world, each);
      const settle = () => {
        world.reconcile();
        for (const each of names) world.enforce(each);
      };
      for (let round = 0; round < 8; round += 1) settle();
      const before = [...world.quotas.values()].map(({ hard }) => hard);
      settle();
      expect([...world.quotas.values()].map(({ hard }) => hard)).toEqual(before);
    }),
  );
});
