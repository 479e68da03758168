import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createDriftPace } from './drift-pace.ts';

it('corrects at once, then more and more slowly, never slower than every five minutes', () => {
  const pace = createDriftPace(createFakeClock());
  const delays = Array.from({ length: 14 }, () => pace.delayFor('a'));
  expect(delays.slice(0, 6)).toEqual([0, 0, 0, 1_000, 2_000, 4_000]);
  expect(delays.at(-1)).toBe(300_000);
});

it('one object does not slow another', () => {
  const pace = createDriftPace(createFakeClock());
  for (let count = 0; count < 10; count++) pace.delayFor('a');
  expect(pace.delayFor('b')).toBe(0);
});

it('starts over after a calm while', () => {
  const clock = createFakeClock();
  const pace = createDriftPace(clock);
  for (let count = 0; count < 10; count++) pace.delayFor('a');
  clock.tick(10 * 60_000);
  expect(pace.delayFor('a')).toBe(0);
});
