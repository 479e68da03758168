import { expect, test } from 'vitest';
import { cordonHolds } from './policies.ts';

const cordon = {
  users: ['alice'],
  groups: ['team', 'system:serviceaccounts:oil'],
  exempt: ['sre'],
};
const holds = (username: string, groups: string[], more: { cordon?: typeof cordon } = { cordon }) =>
  cordonHolds.holds({ username, groups, policies: more, isAdministrator: false });

test.each([
  ['alice', [], false],
  ['bob', ['team'], false],
  ['system:serviceaccount:oil:robot', ['system:serviceaccounts:oil'], false],
  ['alice', ['sre'], true],
  ['carol', ['others'], true],
])('%s of %j may write: %j', (user, groups, may) => {
  expect(holds(user, groups)).toBe(may);
});

test('nobody but administrators may, until it is known whom it stops', () => {
  expect(holds('carol', [], {})).toBe(false);
  const facts = { username: 'carol', groups: [], policies: {}, isAdministrator: true };
  expect(cordonHolds.holds(facts)).toBe(true);
});
