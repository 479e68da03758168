import { expect, test } from 'vitest';
import { UsageError } from '../command.ts';
import { parseOwner } from './owner-flag.ts';

const account = 'system:serviceaccount:oil-system:gitops';

test.each([
  ['alice', 'User', 'alice'],
  ['User:alice', 'User', 'alice'],
  ['user:https://idp.example#alice', 'User', 'https://idp.example#alice'],
  ['Group:oil:team', 'Group', 'oil:team'],
  ['ServiceAccount:oil-system:gitops', 'ServiceAccount', account],
  ['sa:oil-system:gitops', 'ServiceAccount', account],
  [`ServiceAccount:${account}`, 'ServiceAccount', account],
  [account, 'ServiceAccount', account],
])('%s is a %s', (text, kind, name) => {
  expect(parseOwner(text)).toEqual({ kind, name });
});

test.each(['', 'User:', 'Group:', 'sa:gitops', 'sa:a:b:c', 'sa:../x:y'])('%j is nobody', (text) => {
  expect(() => parseOwner(text)).toThrow(UsageError);
});
