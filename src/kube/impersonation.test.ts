import { describe, expect, test } from 'vitest';
import {
  IdentityError,
  isIdentity,
  serviceAccountIdentity,
  userIdentity,
  type Identity,
} from './identity.ts';
import { impersonationHeaders } from './impersonation.ts';

test('a ServiceAccount carries its user; its groups are for the API server to add', () => {
  expect(impersonationHeaders(serviceAccountIdentity('tenant-a', 'deployer'))).toEqual([
    ['impersonate-user', 'system:serviceaccount:tenant-a:deployer'],
  ]);
});

test('extra keys are lower-cased and percent-encoded, one header per value', () => {
  const identity = userIdentity('alice', [], { 'Acme.com/Project%': ['one', 'two'] });
  expect(impersonationHeaders(identity)).toEqual([
    ['impersonate-user', 'alice'],
    ['impersonate-extra-acme.com%2fproject%25', 'one'],
    ['impersonate-extra-acme.com%2fproject%25', 'two'],
  ]);
});

test('text beyond ASCII travels as UTF-8 bytes', () => {
  const [[, user] = ['', '']] = impersonationHeaders(userIdentity('zoë'));
  expect(Buffer.from(user, 'latin1').toString('utf8')).toBe('zoë');
});

describe('nobody becomes somebody else by', () => {
  test.each([
    ['a line break', 'alice\r\nImpersonate-Group: system:masters'],
    ['a bare line feed', 'alice\nx: y'],
    ['NUL', 'alice\0'],
    ['white space that servers trim', ' alice'],
    ['trailing white space', 'alice\t'],
    ['a C1 control character', 'alice\u0085'],
    ['half a surrogate pair', 'alice\ud800'],
  ])('%s in a user name', (_what, user) => {
    expect(() => impersonationHeaders(userIdentity(user))).toThrow(IdentityError);
  });

  test('a line break in a group, an extra value or an extra key', () => {
    const evil = 'x\r\nImpersonate-User: admin';
    expect(() => impersonationHeaders(userIdentity('a', [evil]))).toThrow(IdentityError);
    expect(() => impersonationHeaders(userIdentity('a', [], { k: [evil] }))).toThrow(IdentityError);
    const headers = impersonationHeaders(userIdentity('a', [], { [evil]: ['v'] }));
    expect(headers.map(([name]) => name).join()).not.toMatch(/[\r\n: ]/);
  });

  test('an empty extra value or key', () => {
    expect(() => impersonationHeaders(userIdentity('a', [], { k: [''] }))).toThrow(IdentityError);
    expect(() => impersonationHeaders(userIdentity('a', [], { '': ['v'] }))).toThrow(IdentityError);
  });

  test('headers so large that a proxy would drop them', () => {
    const groups = Array.from({ length: 1000 }, (_, i) => `group-${i}-${'x'.repeat(40)}`);
    expect(() => impersonationHeaders(userIdentity('a', groups))).toThrow(/at most/);
  });

  test('a look-alike that identity.ts did not make', () => {
    const forged = { user: 'system:admin', groups: ['system:masters'], extra: {} };
    expect(isIdentity(forged)).toBe(false);
    expect(() => impersonationHeaders(forged as unknown as Identity)).toThrow(IdentityError);
    const real = serviceAccountIdentity('a', 'b');
    expect(() => impersonationHeaders({ ...real })).toThrow(IdentityError);
    expect(() => impersonationHeaders(undefined as unknown as Identity)).toThrow(IdentityError);
  });

  test('changing an identity after it was made', () => {
    const extra = { k: ['v'] };
    const identity = userIdentity('alice', ['dev'], extra);
    extra.k.push('later');
    expect(() => (identity.groups as string[]).push('system:masters')).toThrow(TypeError);
    expect(() => Object.assign(identity, { user: 'root' })).toThrow(TypeError);
    expect(identity.extra).toEqual({ k: ['v'] });
  });
});

describe('identities that are never made', () => {
  test.each(['system:admin', 'system:serviceaccount:kube-system:x', '', '  '])(
    'user %j',
    (user) => {
      expect(() => userIdentity(user)).toThrow(IdentityError);
    },
  );

  test.each(['system:masters', 'system:nodes', 'system:monitoring', '', ' '])(
    'group %j',
    (group) => {
      expect(() => userIdentity('alice', [group])).toThrow(IdentityError);
    },
  );

  test.each([
    ['', 'x'],
    ['ns', ''],
    ['kube:system', 'x'],
    ['ns', 'a:b'],
    ['NS', 'x'],
    ['ns', 'x/y'],
    ['ns\n', 'x'],
    ['a'.repeat(64), 'x'],
  ])('ServiceAccount %j/%j', (namespace, name) => {
    expect(() => serviceAccountIdentity(namespace, name)).toThrow(IdentityError);
  });
});
