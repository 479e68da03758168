import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createDriftPace, type DriftPace } from './drift-pace.ts';

/** One more drift, and the end of its wait. */
function drift(pace: DriftPace, id: string): number | undefined {
  const delayMs = pace.delayFor(id);
  pace.release(id);
  return delayMs;
}

it('corrects at once, then more and more slowly, never slower than every five minutes', () => {
  const pace = createDriftPace(createFakeClock());
  const delays = Array.from({ length: 14 }, () => drift(pace, 'a'));
  expect(delays.slice(0, 6)).toEqual([0, 0, 0, 1_000, 2_000, 4_000]);
  expect(delays.at(-1)).toBe(300_000);
});

it('one object does not slow another', () => {
  const pace = createDriftPace(createFakeClock());
  for (let count = 0; count < 10; count++) drift(pace, 'a');
  expect(pace.delayFor('a')).toBeGreaterThan(0);
  expect(pace.delayFor('b')).toBe(0);
  expect([pace.isHeld('a'), pace.isHeld('b')]).toEqual([true, false]);
});

it('more drift while a correction waits neither adds another nor puts it off', () => {
  const pace = createDriftPace(createFakeClock());
  for (let count = 0; count < 3; count++) drift(pace, 'a');
  expect(pace.isHeld('a')).toBe(false);
  expect(pace.delayFor('a')).toBe(1_000);
  expect(pace.delayFor('a')).toBeUndefined();
  expect(pace.isHeld('a')).toBe(true);
  pace.release('a');
  expect(pace.isHeld('a')).toBe(false);
  expect(pace.delayFor('a')).toBe(2_000);
});

it('starts over after a calm while', () => {
  const clock = createFakeClock();
  const pace = createDriftPace(clock);
  for (let count = 0; count < 10; count++) drift(pace, 'a');
  clock.tick(10 * 60_000);
  expect(pace.delayFor('a')).toBe(0);
});
