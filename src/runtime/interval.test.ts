import { expect, test } from 'vitest';
import { firstInterval, withJitter } from './interval.ts';

test('intervals are spread evenly around themselves', () => {
  expect([0, 0.5, 0.999_999].map((chance) => withJitter(600_000, 5, chance))).toEqual([
    570_000, 600_000, 630_000,
  ]);
  expect(withJitter(600_000, 0, 0.9)).toBe(600_000);
});

test('the first interval after a start is the same each time and spread over objects', () => {
  const waits = Array.from({ length: 1000 }, (_, index) =>
    firstInterval(600_000, JSON.stringify(['tenant-a', `app-${index}`])),
  );
  expect(firstInterval(600_000, JSON.stringify(['tenant-a', 'app-0']))).toBe(waits[0]);
  const slots = Array.from({ length: 10 }, () => 0);
  for (const wait of waits) slots[Math.floor((wait - 300_000) / 30_000)]!++;
  for (const count of slots) expect(count).toBeGreaterThan(60);
});
