import { describe, expect, it } from 'vitest';
import { state } from '../../../test/support/managed-state.ts';
import type { ReadinessStatus } from '../../kube/readiness.ts';
import { wakesOf } from './wakes.ts';

const me = { namespace: 'team', name: 'apps' };
const other = { namespace: 'team', name: 'other' };
const nobody = () => 'nothing' as const;
const anybody = () => 'progress' as const;
const everything = () => 'any change' as const;
const drift = [{ owner: me, cause: 'drift' }];
const progress = [{ owner: me, cause: 'progress' }];
const left = state();

describe('the owner is woken', () => {
  it.each([
    ['when the object is deleted', undefined],
    ['when its entry changed', state({ entry: 'e2' })],
    ['when its entry is gone', state({ entry: undefined })],
    ['when it was made anew', state({ uid: 'u2' })],
    ['when kubectl wrote to it', state({ intruded: true })],
  ])('%s', (_, after) => {
    const change = { id: 'a', before: left, ...(after && { after }) };
    expect(wakesOf(change, nobody)).toEqual(drift);
  });

  it('when kubectl wrote to it once more, and not when it was only seen again', () => {
    const before = state({ intruded: true, intrusion: 'i1' });
    const more = state({ intruded: true, intrusion: 'i2' });
    expect(wakesOf({ id: 'a', before, after: more }, nobody)).toEqual(drift);
    expect(wakesOf({ id: 'a', before, after: { ...before } }, nobody)).toEqual([]);
  });

  it('when its labels name another: both are', () => {
    const after = state({ owner: other });
    expect(wakesOf({ id: 'a', before: left, after }, nobody)).toEqual([
      ...drift,
      { owner: other, cause: 'drift' },
    ]);
  });
});

describe('nobody is woken', () => {
  it.each([
    ['by a change of status', state({ readiness: { status: 'InProgress', message: '' } })],
    ['by a new version that leaves our fields alone', state({ resourceVersion: '6' })],
    ['by the end of an intrusion', left],
  ])('%s', (_, after) => {
    expect(wakesOf({ id: 'a', before: left, after }, nobody)).toEqual([]);
  });

  it('by an object that is new', () => {
    expect(wakesOf({ id: 'a', after: left }, nobody)).toEqual([]);
  });

  it('by a deletion of our own', () => {
    expect(wakesOf({ id: 'a', before: left, own: true }, nobody)).toEqual([]);
  });

  it('by an object without owner', () => {
    const free = state({ owner: undefined });
    expect(wakesOf({ id: 'a', before: free }, anybody)).toEqual([]);
  });
});

describe('an owner that waits', () => {
  it.each([
    ['hears how far an object is', state({ readiness: { status: 'InProgress', message: '' } })],
    ['hears that deletion has begun', state({ deleting: true })],
  ])('%s', (_, after) => {
    expect(wakesOf({ id: 'a', before: left, after }, anybody)).toEqual(progress);
  });

  it('hears why an object failed, and not how far it is on its way', () => {
    const wakes = (status: ReadinessStatus) => {
      const [before, after] = ['one', 'other'].map((message) =>
        state({ readiness: { status, message } }),
      );
      return wakesOf({ id: 'a', before: before!, after: after! }, anybody);
    };
    expect(wakes('Failed')).toEqual(progress);
    expect(wakes('InProgress')).toEqual([]);
    expect(wakes('Current')).toEqual([]);
  });

  it('hears of the end of what it deleted itself', () => {
    expect(wakesOf({ id: 'a', before: left, own: true }, anybody)).toEqual(progress);
  });

  it('is left alone when nothing it waits for moved', () => {
    const after = state({ resourceVersion: '6' });
    expect(wakesOf({ id: 'a', before: left, after }, anybody)).toEqual([]);
  });

  it('hears of any change, of a kind that it judges itself', () => {
    const after = state({ resourceVersion: '6' });
    expect(wakesOf({ id: 'a', before: left, after }, everything)).toEqual(progress);
    expect(wakesOf({ id: 'a', before: left }, everything)).toEqual(drift);
  });
});
