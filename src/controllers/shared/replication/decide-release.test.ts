import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRelease, type ReleaseSituation } from './decide-release.ts';
import { reduceReplica, type ReplicaState } from './replicated-objects.ts';

const manager = 'projectcapsule.dev/resource/0123456789abcdef/0123456789abcdef';
const mark = 'TenantResource/oil/tr';
const empty = reduceReplica({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', uid: 'u1' },
});
const live = (marks: Partial<ReplicaState['marks']>, deleting = false): ReplicaState => ({
  ...empty,
  deleting,
  marks: { ...empty.marks, ...marks },
});
const situation = (more: Partial<ReleaseSituation> = {}): ReleaseSituation => ({
  live: live({ entries: { [manager]: 'e' }, madeBy: mark }),
  recorded: { isMade: true, uid: 'u1' },
  mark,
  manager,
  prune: true,
  isShared: false,
  ...more,
});

describe('what is no longer asked for', () => {
  it.each<[string, Partial<ReleaseSituation>, string]>([
    ['made by the replication', {}, 'delete'],
    [
      'made, and recorded by a version that knew no uid',
      { recorded: { isMade: true, uid: undefined } },
      'delete',
    ],
    ['made, but another item still wants it', { isShared: true }, 'release'],
    ['another object by now', { recorded: { isMade: true, uid: 'u0' }, live: live({}) }, 'nothing'],
    [
      'recorded as made and no proof',
      { recorded: { isMade: true, uid: undefined }, live: live({}) },
      'nothing',
    ],
    [
      'taken on',
      { recorded: { isMade: false, uid: 'u1' }, live: live({ entries: { [manager]: 'e' } }) },
      'release',
    ],
    [
      'taken on, and taken from us',
      { recorded: { isMade: false, uid: 'u1' }, live: live({}) },
      'nothing',
    ],
    ['gone', { live: undefined }, 'nothing'],
    ['on its way out', { live: live({ madeBy: mark }, true) }, 'nothing'],
    ['to be kept', { prune: false }, 'disown'],
    ['to be kept, and not ours', { prune: false, live: live({}) }, 'nothing'],
    [
      'marked by another replication',
      {
        live: live({ madeBy: 'TenantResource/oil/other' }),
        recorded: { isMade: false, uid: 'u1' },
      },
      'nothing',
    ],
  ])('%s', (_, more, expected) => {
    expect(decideRelease(situation(more)).do).toBe(expected);
  });
});

it('never deletes an object that is not provably the one that was made', () => {
  const uid = fc.constantFrom('u1', 'u2');
  const marks = fc.record({
    entries: fc.constantFrom({}, { [manager]: 'e' }),
    madeBy: fc.constantFrom(undefined, mark, 'GlobalTenantResource/other'),
  });
  fc.assert(
    fc.property(
      marks,
      fc.record({ isMade: fc.boolean(), uid: fc.option(uid, { nil: undefined }) }),
      fc.boolean(),
      fc.boolean(),
      (of, recorded, prune, isShared) => {
        const found = live(of);
        const decision = decideRelease(situation({ live: found, recorded, prune, isShared }));
        if (decision.do !== 'delete') return;
        expect(decision.uid).toBe(found.uid);
        expect(prune && !isShared).toBe(true);
        expect(of.madeBy === mark || (recorded.isMade && recorded.uid === found.uid)).toBe(true);
        expect(recorded.uid === undefined || recorded.uid === found.uid).toBe(true);
      },
    ),
  );
});
