import { describe, expect, it } from 'vitest';
import { decide, type Situation } from './decide.ts';
import { reduceReplica, type ReplicaState } from './replicated-objects.ts';

const manager = 'projectcapsule.dev/resource/0123456789abcdef/0123456789abcdef';
const mark = 'TenantResource/oil/tr';

function live(
  marks: Partial<ReplicaState['marks']> = {},
  more: Partial<ReplicaState> = {},
): ReplicaState {
  const empty = reduceReplica({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', uid: 'u1' },
  });
  return { ...empty, ...more, marks: { ...empty.marks, ...marks } };
}

const situation = (more: Partial<Situation> = {}): Situation => ({
  wanted: { hash: 'h', manager },
  seen: { known: 'absent' },
  left: undefined,
  recorded: undefined,
  mark,
  adopt: false,
  nowMs: 1_000_000,
  trustMs: 60_000,
  ...more,
});
const left = { hash: 'h', uid: 'u1', entry: 'e', atMs: 990_000 };
const seen = (state: ReplicaState) => ({ known: 'live', live: state }) as const;
const ours = live({ entries: { [manager]: 'e' }, madeBy: mark });

describe('an object that is not there', () => {
  it('is made, and again when somebody deleted it', () => {
    expect(decide(situation())).toEqual({ do: 'create' });
    expect(decide(situation({ left, recorded: { isMade: true, uid: 'u1' } }))).toEqual({
      do: 'create',
    });
  });
});

describe('an object of somebody else', () => {
  it.each([
    ['with nothing on it', live()],
    ['of another replication', live({ madeBy: 'GlobalTenantResource/other' })],
    ['of another item', live({ entries: { [`${manager}0`]: 'e' } })],
  ])('%s is refused, and taken on only if asked', (_, state) => {
    expect(decide(situation({ seen: seen(state) }))).toEqual({ do: 'refuse', why: 'exists' });
    expect(decide(situation({ seen: seen(state), adopt: true }))).toEqual({
      do: 'update',
      uid: 'u1',
      isMade: false,
    });
  });

  it('made anew under the name of ours is not ours', () => {
    const recorded = { isMade: true, uid: 'u0' };
    expect(decide(situation({ seen: seen(live()), recorded }))).toMatchObject({ do: 'refuse' });
  });
});

describe('an object of ours', () => {
  it('that is as it was left costs nothing', () => {
    expect(decide(situation({ seen: seen(ours), left }))).toEqual({
      do: 'unchanged',
      uid: 'u1',
      isMade: true,
    });
  });

  it.each<[string, Partial<Situation>]>([
    ['after a restart', { left: undefined }],
    ['when something else is wanted', { wanted: { hash: 'other', manager } }],
    [
      'when somebody changed our part',
      { seen: seen(live({ entries: { [manager]: 'x' }, madeBy: mark })) },
    ],
    ['when somebody took our part', { seen: seen(live({ madeBy: mark })) }],
  ])('is written %s', (_, more) => {
    expect(decide(situation({ seen: seen(ours), left, ...more }))).toEqual({
      do: 'update',
      uid: 'u1',
      isMade: true,
    });
  });

  it('gets its mark back', () => {
    const unmarked = seen(live({ entries: { [manager]: 'e' } }));
    const recorded = { isMade: true, uid: 'u1' };
    expect(decide(situation({ seen: unmarked, left, recorded }))).toEqual({
      do: 'update',
      uid: 'u1',
      isMade: true,
    });
  });

  it('that is on its way out is waited for', () => {
    const going = live({ entries: { [manager]: 'e' }, madeBy: mark }, { deleting: true });
    expect(decide(situation({ seen: seen(going), left }))).toEqual({
      do: 'refuse',
      why: 'deleting',
    });
  });
});

describe('an object that Capsule made', () => {
  const labelled = seen(live({ capsule: 'labelled' }));
  const update = { do: 'update', uid: 'u1', isMade: true };

  it('is ours if the status says so, or an older label', () => {
    const recorded = { isMade: true, uid: undefined };
    expect(decide(situation({ seen: labelled, recorded }))).toEqual(update);
    expect(decide(situation({ seen: seen(live({ capsule: 'legacy' })) }))).toEqual(update);
  });

  it('is not by its label alone, nor another by then', () => {
    for (const recorded of [
      undefined,
      { isMade: false, uid: undefined },
      { isMade: true, uid: 'u0' },
    ]) {
      expect(decide(situation({ seen: labelled, recorded }))).toMatchObject({ do: 'refuse' });
    }
    const theirs = seen(live({ capsule: 'legacy', madeBy: 'GlobalTenantResource/other' }));
    expect(decide(situation({ seen: theirs }))).toMatchObject({ do: 'refuse' });
  });
});

describe('an object of a kind that is not watched', () => {
  const nothing = { known: 'nothing' } as const;

  it('that is not known is made, unless it is there', () => {
    expect(decide(situation({ seen: nothing }))).toEqual({ do: 'create' });
  });

  it('is trusted for a while, then written over exactly itself', () => {
    const recorded = { isMade: true, uid: 'u1' };
    expect(decide(situation({ seen: nothing, left, recorded }))).toMatchObject({ do: 'unchanged' });
    const later = situation({ seen: nothing, left, recorded, nowMs: 2_000_000 });
    expect(decide(later)).toEqual({ do: 'update', uid: 'u1', isMade: true });
    expect(decide(situation({ seen: nothing, recorded }))).toEqual({
      do: 'update',
      uid: 'u1',
      isMade: true,
    });
  });
});
