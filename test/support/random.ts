/**
 * The seed of a test that chooses by chance: the same in every run, so that a run says something about
 * what changed. `TENANTRY_SEED` makes other choices. Put it into the test's name, so that a failure says it.
 */
export function testSeed(): number {
  return Number(process.env['TENANTRY_SEED'] ?? 20_261_126);
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
