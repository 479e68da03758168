/**
 * The seed of a test that chooses by chance: `TENANTRY_SEED` repeats a failure. Put it into the
 * test's name, so that the failure says it.
 */
export function testSeed(): number {
  return Number(process.env['TENANTRY_SEED'] ?? Date.now() % 2 ** 31);
}

/** A small repeatable generator of numbers in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
