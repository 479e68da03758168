import { expect, test } from 'vitest';
import { createFetchPace } from './fetch-pace.ts';

test('tries soon, then later, and after so many not of its own accord', () => {
  const pace = createFetchPace(9);
  const waits = Array.from({ length: 9 }, () => pace.failed('a'));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(pace.failed('a')).toBeUndefined();
});

test('each download counts for itself, and starts over when it worked or was given up', () => {
  const pace = createFetchPace(2);
  pace.failed('a');
  expect(pace.failed('b')).toBe(500);
  expect(pace.failed('a')).toBe(1_000);
  pace.succeeded('a');
  expect(pace.failed('a')).toBe(500);
  pace.failed('b');
  expect([pace.failed('b'), pace.failed('b')]).toEqual([undefined, 500]);
});

test('without retries it leaves everything to the consumer', () => {
  expect(createFetchPace(0).failed('a')).toBeUndefined();
});
