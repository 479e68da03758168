import { expect, test } from 'vitest';
import { createTally } from './tally.ts';

test('counts what is under way by name, and forgets a name that has nothing under way', () => {
  const tally = createTally();
  const leave = tally.enter('oil');
  const leaveToo = tally.enter('oil');
  tally.enter('gas');
  expect([tally.of('oil'), tally.of('gas'), tally.of('coal'), tally.size]).toEqual([2, 1, 0, 2]);
  leave();
  expect([tally.of('oil'), tally.size]).toEqual([1, 2]);
  leaveToo();
  expect([tally.of('oil'), tally.size]).toEqual([0, 1]);
});
