import { expect, test } from 'vitest';
import { exponentialBackoff } from './backoff.ts';

const limits = { minMs: 750, maxMs: 900_000 };

test('doubles from 750 ms to 15 minutes', () => {
  const backoff = exponentialBackoff({ ...limits, random: () => 0 });
  expect([1, 2, 3, 4].map(backoff)).toEqual([750, 1500, 3000, 6000]);
  expect([11, 12, 100, 1e9].map(backoff)).toEqual([768_000, 900_000, 900_000, 900_000]);
});

test('chance spreads what failed together, within the limits', () => {
  const spread = [0, 0.5, 0.999].map((chance) =>
    exponentialBackoff({ ...limits, random: () => chance })(12),
  );
  expect(spread).toEqual([900_000, 810_000, 720_180]);
  expect(exponentialBackoff({ ...limits, random: () => 0.999 })(1)).toBe(750);
});
