import { describe, expect, it } from 'vitest';
import { createKindTable } from './kind-table.ts';
import { isNewer } from './managed-state.ts';
import { state } from '../../../test/support/managed-state.ts';

describe('the order of resourceVersions', () => {
  it.each([
    ['10', '9', true],
    ['9', '10', false],
    ['9', '9', false],
    ['18446744073709551616', '18446744073709551615', true],
  ])('%s is newer than %s: %s', (one, other, expected) => {
    expect(isNewer(one, other)).toBe(expected);
  });
});

describe('the table of a kind', () => {
  it('takes a newer state and no older one', () => {
    const table = createKindTable<null>();
    const [old, now] = [state({ resourceVersion: '9' }), state({ resourceVersion: '10' })];
    expect(table.put('a/b', now)).toEqual({ id: 'a/b', after: now });
    expect(table.put('a/b', old)).toBeUndefined();
    expect(table.put('a/b', now)).toBeUndefined();
    expect(table.get('a/b')).toBe(now);
  });

  it('removes the object that went, and not the one made anew since', () => {
    const table = createKindTable<null>();
    const anew = state({ uid: 'new', resourceVersion: '12' });
    table.put('a/b', state({ uid: 'old' }));
    table.put('a/b', anew);
    expect(table.remove('a/b', 'old')).toBeUndefined();
    expect(table.get('a/b')).toBe(anew);
    expect(table.remove('a/b', 'new')).toEqual({ id: 'a/b', before: anew });
    expect(table.get('a/b')).toBeUndefined();
  });

  it('tells what a new list changed, and what is not in it', () => {
    const table = createKindTable<null>();
    const [same, gone] = [state({ uid: 'same' }), state({ uid: 'gone' })];
    table.put('same', same);
    table.put('gone', gone);
    const fresh = state({ uid: 'fresh' });
    expect(
      table.replace(
        new Map([
          ['same', same],
          ['fresh', fresh],
        ]),
      ),
    ).toEqual([
      { id: 'gone', before: gone },
      { id: 'fresh', after: fresh },
    ]);
  });

  it('a list that is older than what we wrote since does not undo it', () => {
    const table = createKindTable<null>();
    const written = state({ resourceVersion: '20', entry: 'ours' });
    table.put('a', written);
    expect(table.replace(new Map([['a', state({ resourceVersion: '15' })]]))).toEqual([]);
    expect(table.get('a')).toBe(written);
  });
});
