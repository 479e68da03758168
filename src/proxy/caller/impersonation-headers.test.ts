import { describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { isImpersonationHeader, wantedIdentity } from './impersonation-headers.ts';
import { reviewImpersonation, type ImpersonationRules } from './review-impersonation.ts';

const read = (...lines: string[]) =>
  wantedIdentity(lines.flatMap((line) => line.split(/: (.*)/s).slice(0, 2)));

describe('headers of impersonation', () => {
  test('are read with their values in order, extra keys decoded', () => {
    expect(
      read(
        'Impersonate-User: alice',
        'Impersonate-Group: b',
        'IMPERSONATE-GROUP: a',
        'Impersonate-Uid: 1',
        'Impersonate-Extra-Scopes: x',
        'impersonate-extra-scopes: y',
        'Impersonate-Extra-example.com%2Fkey: z',
        'Accept: */*',
      ),
    ).toEqual({
      user: 'alice',
      groups: ['b', 'a'],
      uid: '1',
      extra: { scopes: ['x', 'y'], 'example.com/key': ['z'] },
    });
    expect(read('Impersonate-Extra-__proto__: x', 'Impersonate-User: a')?.extra).toEqual(
      Object.assign(Object.create(null) as object, { ['__proto__']: ['x'] }),
    );
  });

  test('are bytes of UTF-8', () => {
    const latin1 = Buffer.from('älice', 'utf8').toString('latin1');
    expect(read(`Impersonate-User: ${latin1}`)?.user).toBe('älice');
  });

  test('are as many as can be asked about, and no more', () => {
    const groups = (count: number) =>
      Array.from({ length: count }, (_, index) => `Impersonate-Group: g${index}`);
    expect(read('Impersonate-User: a', ...groups(127))?.groups).toHaveLength(127);
    expect(() => read('Impersonate-User: a', ...groups(128))).toThrow(/at most 128 headers/);
  });

  test('are none without one', () => {
    expect(read('Accept: */*', 'X-Impersonate-User: a')).toBeUndefined();
  });

  test.each([
    [['Impersonate-Group: a']],
    [['Impersonate-Uid: 1']],
    [['Impersonate-Extra-a: b']],
    [['Impersonate-User: a', 'Impersonate-User: a']],
    [['Impersonate-User: a', 'Impersonate-Uid: 1', 'Impersonate-Uid: 1']],
    [['Impersonate-User: ']],
    [['Impersonate-User: a', 'Impersonate-Group: ']],
    [['Impersonate-User: a', 'Impersonate-Extra-: b']],
    [['Impersonate-User: a', 'Impersonate-Extra-%zz: b']],
    [['Impersonate-Users: a']],
    [['Impersonate_User: a']],
    [['Impersonate-User: \xff']],
  ])('%j is refused', (lines) => {
    expect(() => read(...lines)).toThrow(Refusal);
  });

  test.each([
    'impersonate-user',
    'Impersonate_User',
    'impersonate.user',
    'IMPERSONATE--USER',
    'impersonate-x',
  ])('%s is one', (name) => {
    expect(isImpersonationHeader(name)).toBe(true);
  });
});

describe('who is impersonated', () => {
  const caller = {
    user: 'system:serviceaccount:a:b',
    groups: ['system:serviceaccounts', 'system:authenticated'],
    uid: 'u',
    extra: { scopes: ['narrow'] },
  };
  const all: ImpersonationRules = { isGroupUsed: () => true, skipReview: false };
  const review = async (
    lines: string[],
    allowed: string[] | 'all',
    rules = all,
    { asked = [] as string[], signal = new AbortController().signal } = {},
  ) => {
    const wanted = read(...lines);
    if (!wanted) throw new Error('nobody is wanted');
    const found = reviewImpersonation(caller, wanted, {
      rules,
      signal,
      mayDo: (who, { verb, group, resource, subresource, namespace, name }) => {
        expect([who, verb]).toEqual([caller, 'impersonate']);
        const parts = [group, resource, subresource, namespace, name];
        const question = parts.filter((part) => part !== undefined).join(' ');
        asked.push(question);
        return Promise.resolve(allowed === 'all' || allowed.includes(question));
      },
    });
    return { asked, found: await found };
  };

  test('is all that was asked for, each by a question of its own, and nothing of the caller', async () => {
    const lines = [
      'Impersonate-User: x',
      'Impersonate-Group: g',
      'Impersonate-Uid: 1',
      'Impersonate-Extra-k: v',
      'Impersonate-Extra-k: w',
    ];
    const { asked, found } = await review(lines, 'all');
    expect(found).toEqual({
      user: 'x',
      groups: ['g', 'system:authenticated'],
      uid: '1',
      extra: { k: ['v', 'w'] },
    });
    expect(asked.sort()).toEqual([
      'authentication.k8s.io uids 1',
      'authentication.k8s.io userextras k v',
      'authentication.k8s.io userextras k w',
      'groups g',
      'users x',
    ]);
  });

  test.each([
    [['Impersonate-User: x'], ['groups g']],
    [['Impersonate-User: x', 'Impersonate-Group: g'], ['users x']],
    [['Impersonate-User: x', 'Impersonate-Group: g'], ['groups g']],
    [['Impersonate-User: x', 'Impersonate-Uid: 1'], ['users x']],
    [['Impersonate-User: x', 'Impersonate-Extra-k: v'], ['users x']],
    [
      ['Impersonate-User: x', 'Impersonate-Extra-k: v', 'Impersonate-Extra-k: w'],
      ['users x', 'authentication.k8s.io userextras k v'],
    ],
    // What the API server does not ask about does not count.
    [['Impersonate-User: system:serviceaccount:a:c'], ['users system:serviceaccount:a:c']],
  ])('%j is refused to whom may do %j', async (lines, allowed) => {
    await expect(review(lines, allowed)).rejects.toThrow(/cannot impersonate/);
  });

  test('is asked about in order, each value once, and nothing more after a no', async () => {
    const asked: string[] = [];
    const groups = ['g', 'h', 'h', 'i'].map((group) => `Impersonate-Group: ${group}`);
    const lines = ['Impersonate-User: x', ...groups, 'Impersonate-Uid: 1'];
    await expect(review(lines, ['users x', 'groups g'], all, { asked })).rejects.toThrow(
      'cannot impersonate resource "groups" named "h"',
    );
    expect(asked).toEqual(['users x', 'groups g', 'groups h']);
    expect((await review(lines, 'all')).asked.filter((each) => each === 'groups h')).toHaveLength(
      1,
    );
  });

  test('is not asked about once the client has gone', async () => {
    const [asked, signal]: [string[], AbortSignal] = [[], AbortSignal.abort()];
    const lines = ['Impersonate-User: x'];
    await expect(review(lines, 'all', all, { asked, signal })).rejects.toThrow(/abort/);
    expect(asked).toEqual([]);
  });

  test.each([
    ['x', [], ['system:authenticated']],
    ['x', ['system:authenticated'], ['system:authenticated']],
    ['x', ['system:unauthenticated'], ['system:unauthenticated']],
    ['system:anonymous', [], ['system:unauthenticated']],
    [
      'system:serviceaccount:n:m',
      [],
      ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
    ],
    ['system:serviceaccount:n:m', ['g'], ['g', 'system:authenticated']],
  ])('%s with %j is in %j', async (user, groups, expected) => {
    const lines = [
      `Impersonate-User: ${user}`,
      ...groups.map((group) => `Impersonate-Group: ${group}`),
    ];
    expect((await review(lines, 'all')).found.groups).toEqual(expected);
  });

  test('may be the caller itself, by the name of a user as well', async () => {
    const itself = [`Impersonate-User: ${caller.user}`];
    const { found, asked } = await review(itself, [`users ${caller.user}`]);
    expect(asked).toEqual(['serviceaccounts a b', `users ${caller.user}`]);
    expect(found).toMatchObject({ user: caller.user, extra: {} });
    await expect(review(itself, [])).rejects.toThrow(/cannot impersonate/);
  });

  test('has no group that the flags leave out', async () => {
    const rules = { isGroupUsed: (group: string) => group !== 'g', skipReview: false };
    const lines = ['Impersonate-User: x', 'Impersonate-Group: g'];
    expect((await review(lines, ['users x'], rules)).found.groups).toEqual([
      'system:authenticated',
    ]);
  });

  test('is anybody where reviews are switched off', async () => {
    const rules = { isGroupUsed: () => true, skipReview: true };
    const { asked, found } = await review(['Impersonate-User: x'], [], rules);
    expect([asked, found.user]).toEqual([[], 'x']);
  });
});
