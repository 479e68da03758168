import { expect, test } from 'vitest';
import { decideHold, holdMs } from './decide-hold.ts';

const began = Date.parse('2026-01-01T00:00:00Z');
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const one = { metadata: {}, hasDeployers: true, tenant: 'oil', now: began };

test.each([
  ['something deploys', one, { isHeld: true }],
  ['nothing deploys', { ...one, hasDeployers: false }, { isHeld: false }],
  ['the namespace is of no tenant', { ...one, tenant: '' }, { isHeld: false }],
  ['it is being deleted', { ...one, metadata: going }, { isHeld: true, againMs: holdMs }],
  ['time is up', { ...one, metadata: going, now: began + holdMs }, { isHeld: false }],
])('accounts are kept, or not, when %s', (_when, request, expected) => {
  expect(decideHold(request)).toEqual(expected);
});
