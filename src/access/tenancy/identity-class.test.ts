import { describe, expect, test } from 'vitest';
import {
  identityClass,
  isInAudience,
  type Audience,
  type IdentityDirectory,
  type Requester,
} from './identity-class.ts';

const directory: IdentityDirectory = {
  controller: 'system:serviceaccount:home:tenantry',
  administrators: [
    { kind: 'User', name: 'root' },
    { kind: 'ServiceAccount', name: 'system:serviceaccount:flux:kc' },
  ],
  ignoredGroups: ['break-glass'],
  users: [
    { kind: 'Group', name: 'teams' },
    { kind: 'User', name: 'alice' },
    { kind: 'ServiceAccount', name: 'system:serviceaccount:ci:deployer' },
  ],
  tenantsOf: (namespace) =>
    ({ apps: ['oil'], both: ['oil', 'gas'], 'kube-system': ['oil'] })[namespace] ?? [],
};
const account = (namespace: string, name = 'x'): Requester => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});

describe('the class of a sender', () => {
  test.each<[string, Requester, string]>([
    ['the control plane', account('home', 'tenantry'), 'administrator'],
    ['another account beside it', account('home'), 'unknown'],
    ['an administrator', { username: 'root' }, 'administrator'],
    ['an administrator by account', account('flux', 'kc'), 'administrator'],
    [
      'an administrator in an ignored group',
      { username: 'root', groups: ['break-glass'] },
      'unknown',
    ],
    ['a user by name', { username: 'alice' }, 'capsule'],
    ['a user by group', { username: 'bob', groups: ['teams'] }, 'capsule'],
    ['a user in an ignored group', { username: 'alice', groups: ['break-glass'] }, 'unknown'],
    ['an account that is listed', account('ci', 'deployer'), 'capsule'],
    ['its neighbour', account('ci'), 'unknown'],
    ['an account that lives in a tenant', account('apps'), 'capsule'],
    ['an account that lives in two', account('both'), 'unknown'],
    ['an account that lives in none', account('other'), 'unknown'],
    ['an account of kube-system', account('kube-system'), 'unknown'],
    ['a group of a user’s name', { username: 'x', groups: ['alice'] }, 'unknown'],
    ['a user of a group’s name', { username: 'teams' }, 'unknown'],
    ['a spoofed account', { username: 'system:serviceaccount:apps' }, 'unknown'],
  ])('%s: %#', (_, sender, expected) => {
    expect(identityClass(sender, directory)).toBe(expected);
  });
});

describe('an audience', () => {
  const owners = [{ kind: 'User' as const, name: 'alice', clusterRoles: [] }];
  test.each<[Audience | undefined, Requester, boolean]>([
    [undefined, { username: 'x' }, true],
    [[], { username: 'x' }, true],
    [[{ kind: 'User', name: 'x' }], { username: 'x' }, true],
    [[{ kind: 'Group', name: 'x' }], { username: 'x' }, false],
    [[{ kind: 'Custom', name: 'CapsuleUser' }], { username: 'alice' }, true],
    [[{ kind: 'Custom', name: 'CapsuleUser' }], { username: 'root' }, false],
    [[{ kind: 'Custom', name: 'Administrator' }], { username: 'root' }, true],
    [[{ kind: 'Custom', name: 'TenantOwner' }], { username: 'alice' }, true],
    [[{ kind: 'Custom', name: 'TenantOwner' }], { username: 'bob', groups: ['teams'] }, false],
    [[{ kind: 'Custom', name: 'Controller' }], account('home', 'tenantry'), true],
    [[{ kind: 'Custom', name: 'Anything' }], { username: 'root' }, false],
  ])('%j has %j: %s', (audience, sender, expected) => {
    expect(isInAudience(sender, audience, directory, owners)).toBe(expected);
  });
});
