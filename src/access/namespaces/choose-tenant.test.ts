import { expect, test } from 'vitest';
import { chooseTenant } from './choose-tenant.ts';

test.each([
  ['any', [], false, { refused: 'owns-none' }],
  ['any', ['oil'], false, { tenant: 'oil' }],
  ['any', ['oil'], true, { tenant: 'oil' }],
  // Found by the user's name, and again by each group.
  ['any', ['oil', 'oil'], false, { tenant: 'oil' }],
  ['oil-x', ['oil', 'gas'], false, { tenant: 'oil' }],
  ['oil-rigs-x', ['oil', 'oil-rigs'], false, { tenant: 'oil-rigs' }],
  ['oil-rigs', ['oil', 'oil-rigs'], false, { tenant: 'oil' }],
  ['oilx', ['oil', 'gas'], false, { refused: 'ambiguous' }],
  ['oil', ['oil', 'gas'], true, { refused: 'name-matches-none' }],
])('%s for the owner of %j (prefix forced: %s): %j', (name, owned, force, expected) => {
  expect(chooseTenant(name, owned, force)).toEqual(expected);
});
