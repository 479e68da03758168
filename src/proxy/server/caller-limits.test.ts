import { expect, test } from 'vitest';
import type { Caller } from '../caller/caller.ts';
import { createCallerLimits } from './caller-limits.ts';

/** How much one caller may have under way, and that it is nobody else's. */
const [alice, bob]: [Caller, Caller] = [
  { user: 'alice', groups: [] },
  { user: 'bob', groups: [] },
];

test('one at its limit is refused until something of it has ended; others are not', () => {
  const enter = createCallerLimits({ requests: 2, watches: 1 });
  const leave = enter(alice, 'requests');
  enter({ ...alice, groups: ['more'], uid: 'another' }, 'requests');
  expect(() => enter(alice, 'requests')).toThrow('too many requests at once');
  enter(bob, 'requests');
  enter(alice, 'watches');
  expect(() => enter(alice, 'watches')).toThrow('too many watches at once');
  enter(bob, 'watches');
  leave();
  enter(alice, 'requests');
  expect(() => enter(alice, 'requests')).toThrow('one user up to 2');
});

test('it is told when to come again', () => {
  const enter = createCallerLimits({ requests: 1, watches: 1 });
  enter(alice, 'requests');
  expect(() => enter(alice, 'requests')).toThrow(
    expect.objectContaining({
      retryAfter: 1,
      status: expect.objectContaining({ code: 429, reason: 'TooManyRequests' }) as object,
    }),
  );
});

test('without a limit there is none', () => {
  const enter = createCallerLimits({ requests: 0, watches: 0 });
  for (let count = 0; count < 1000; count++) enter(alice, 'watches');
});
