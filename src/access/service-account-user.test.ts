import { expect, test } from 'vitest';
import { parseServiceAccountUser } from './service-account-user.ts';

test('reads namespace and name', () => {
  expect(parseServiceAccountUser('system:serviceaccount:team-a:default')).toEqual({
    namespace: 'team-a',
    name: 'default',
  });
  expect(parseServiceAccountUser('system:serviceaccount:a:b.c-d')).toEqual({
    namespace: 'a',
    name: 'b.c-d',
  });
});

test.each([
  '',
  ' ',
  'alice',
  'system:serviceaccount:',
  'system:serviceaccount:team-a',
  'system:serviceaccount:team-a:',
  'system:serviceaccount::default',
  'system:serviceaccount:team-a:default:more',
  'system:serviceaccount:team-a:default\n',
  ' system:serviceaccount:team-a:default',
  'System:ServiceAccount:team-a:default',
  'system:serviceaccount:Team-A:default',
  'system:serviceaccount:team.a:default',
  'system:node:team-a:default',
])('anything else is not a ServiceAccount: %j', (user) => {
  expect(parseServiceAccountUser(user)).toBeUndefined();
});
