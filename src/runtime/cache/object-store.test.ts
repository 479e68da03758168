import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts';
import type { KubeObject, ObjectMeta } from '../../kube/object.ts';
import { ObjectStore } from './object-store.ts';
import type { CacheChange } from './read-cache.ts';
import { compareVersions } from './resource-version.ts';

let clock: FakeClock;
let store: ObjectStore<KubeObject>;
let changes: CacheChange<KubeObject>[];

beforeEach(() => {
  clock = createFakeClock();
  changes = [];
  store = new ObjectStore(clock, (change) => changes.push(change));
});

function object(version: number, metadata: Partial<ObjectMeta> = {}): KubeObject {
  const resourceVersion = String(version);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', namespace: 'a', uid: 'u1', resourceVersion, ...metadata },
  };
}

const versionOf = (name = 'x') => store.get({ namespace: 'a', name })?.metadata.resourceVersion;
const takeChanges = () =>
  changes
    .splice(0)
    .map(({ before, after }) => [
      before?.metadata.resourceVersion,
      after?.metadata.resourceVersion,
    ]);

describe('a write of ours', () => {
  test('shows at once, and its echo is no change', () => {
    store.change(object(5));
    store.observe(object(7));
    store.change(object(7));
    expect(versionOf()).toBe('7');
    expect(takeChanges()).toEqual([
      [undefined, '5'],
      ['5', '7'],
    ]);
  });

  test('is not undone by an older event, nor by an older list', () => {
    store.observe(object(7));
    store.change(object(6));
    store.replace([object(5)]);
    expect(versionOf()).toBe('7');
    store.replace([]);
    expect(versionOf()).toBe('7');
    store.change(object(8));
    expect(versionOf()).toBe('8');
  });

  test('that answers late does not undo a newer event', () => {
    store.change(object(9));
    store.observe(object(7));
    store.observe(object(9));
    expect(versionOf()).toBe('9');
    expect(takeChanges()).toHaveLength(1);
  });

  test('is trusted for a minute only', () => {
    store.observe(object(1_000_000));
    clock.tick(60_001);
    store.change(object(50));
    expect(versionOf()).toBe('50');
  });

  test('without a version that can be compared never replaces what is there', () => {
    store.change(object(5));
    store.observe(object(0, { resourceVersion: 'opaque' }));
    expect(versionOf()).toBe('5');
  });
});

describe('a deletion', () => {
  test('is final for writes that answer late', () => {
    store.change(object(5));
    store.remove(object(8));
    store.observe(object(7));
    store.observe(object(9));
    expect(versionOf()).toBeUndefined();
    expect(takeChanges()).toEqual([
      [undefined, '5'],
      ['5', undefined],
    ]);
  });

  test('by a write that removed the last finalizer shows at once', () => {
    const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    store.change(object(5, deleting));
    store.observe(object(6, { ...deleting, finalizers: [] }));
    expect(versionOf()).toBeUndefined();
    store.change(object(4));
    store.remove(object(6));
    expect(takeChanges()).toEqual([
      [undefined, '5'],
      ['5', undefined],
    ]);
  });

  test('of the old object does not remove the new one of the same name', () => {
    store.change(object(5));
    store.observe(object(9, { uid: 'u2' }));
    store.remove(object(8));
    expect(versionOf()).toBe('9');
  });

  test('does not keep a new object of the same name out', () => {
    store.remove(object(8));
    store.observe(object(9, { uid: 'u2' }));
    expect(versionOf()).toBe('9');
    store.remove(object(10, { uid: 'u2' }));
    store.change(object(11, { uid: 'u3' }));
    expect(versionOf()).toBe('11');
  });

  test('from a selection is undone by the watch, not by a write', () => {
    store.change(object(5));
    store.remove(object(6));
    store.observe(object(7));
    expect(versionOf()).toBeUndefined();
    store.change(object(8));
    expect(versionOf()).toBe('8');
    store.observe(object(9));
    expect(versionOf()).toBe('9');
  });

  test('that happened before the list is final for the answer that created it', () => {
    store.reached('9');
    store.replace([]);
    store.observe(object(8));
    expect(versionOf()).toBeUndefined();
    store.observe(object(10));
    expect(versionOf()).toBe('10');
  });

  test('of what was never seen says nothing', () => {
    store.remove(object(3));
    expect(takeChanges()).toEqual([]);
  });
});

test('a list replaces everything, and tells each difference once', () => {
  store.replace([object(1), object(2, { name: 'y', uid: 'u2' })]);
  takeChanges();
  store.replace([object(5), object(4, { name: 'z', uid: 'u3' })]);
  expect(takeChanges()).toEqual([
    ['2', undefined],
    ['1', '5'],
    [undefined, '4'],
  ]);
});

test('versions that went backwards, as after a restored backup, are believed', () => {
  store.change(object(900));
  store.replace([object(40)]);
  expect(versionOf()).toBe('40');
  store.change(object(41));
  expect(versionOf()).toBe('41');
});

test('lists by namespace, and all', () => {
  store.change(object(1));
  store.change(object(2, { name: 'y', namespace: 'b' }));
  store.change({ ...object(3), metadata: { name: 'cluster-wide', resourceVersion: '3' } });
  expect(store.list('a')).toHaveLength(1);
  expect(store.list('none')).toEqual([]);
  expect(store.list()).toHaveLength(3);
  expect(store.get({ name: 'cluster-wide' })?.metadata.resourceVersion).toBe('3');
});

test.each([
  ['9', '10', -1],
  ['10', '10', 0],
  ['11', '10', 1],
  ['18446744073709551616', '18446744073709551615', 1],
  ['x', '10', undefined],
  ['010', '10', undefined],
  [undefined, '10', undefined],
])('resourceVersions %s and %s compare as %s', (a, b, expected) => {
  const order = compareVersions(a, b);
  expect(order === undefined ? undefined : Math.sign(order)).toBe(expected);
});
