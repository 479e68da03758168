import { expect, test } from 'vitest';
import { capsuleUsers } from './users.ts';

const robot = 'system:serviceaccount:oil:robot';

test('users are named by kind, as names and groups of older configurations, and by owners', () => {
  const users = capsuleUsers({
    users: [
      { kind: 'User', name: 'alice' },
      { kind: 'Group', name: 'people' },
    ],
    userNames: ['bob', robot],
    userGroups: ['people', 'projectcapsule.dev'],
    aggregated: [
      { kind: 'User', name: 'alice' },
      { kind: 'Group', name: 'owners' },
    ],
  });
  expect(users).toEqual([
    { kind: 'Group', name: 'owners' },
    { kind: 'Group', name: 'people' },
    { kind: 'Group', name: 'projectcapsule.dev' },
    { kind: 'ServiceAccount', name: robot },
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
  ]);
});

test('a configuration that names nobody has no users', () => {
  expect(capsuleUsers({ aggregated: [] })).toEqual([]);
});
