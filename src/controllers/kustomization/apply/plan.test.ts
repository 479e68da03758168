import { describe, expect, it } from 'vitest';
import { readMarks, type Marks } from './marks.ts';
import { decide, type Decision, type LiveState, type Situation } from './plan.ts';

const me = { namespace: 'apps', name: 'web' };
const other = { namespace: 'apps', name: 'other' };
const plain = readMarks({});
const marks = (part: Partial<Marks>): Marks => ({ ...plain, ...part });

const left: LiveState = {
  uid: 'u1',
  resourceVersion: '7',
  deleting: false,
  readiness: { status: 'Current', message: '' },
  entry: 'e1',
  intruded: false,
  outdated: false,
  owner: me,
  marks: plain,
};
const asLeft = { hash: 'h1', uid: 'u1', entry: 'e1' };

const live = (part: Partial<LiveState> = {}, read = false) =>
  ({ known: 'live', live: { ...left, ...part }, read }) as const;

const situation = (part: Partial<Situation>): Situation => ({
  wanted: { hash: 'h1', marks: plain, vanishes: false, isNew: false },
  view: live(),
  applied: asLeft,
  me,
  hold: 'held',
  ...part,
});
const wants = (part: Partial<Marks>, hash = 'h1') => ({
  hash,
  marks: marks(part),
  vanishes: false,
  isNew: false,
});
const absent = { known: 'absent' } as const;
const update = (part: object = {}): Decision => ({
  do: 'update',
  uid: 'u1',
  takeOver: false,
  ...part,
});

describe('an object with ignored fields', () => {
  const wanted = { ...wants({}), ignored: [['spec', 'replicas']] };
  const overlooked = { ...asLeft, intrusion: 'i1' };
  const intruded = (intrusion: string) => live({ intruded: true, intrusion });
  it.each([
    ['as it was left costs nothing', { wanted }, { do: 'unchanged' }],
    ['is read before it is written', { wanted, view: live({ entry: 'e2' }) }, { do: 'look' }],
    ['that was read is written', { wanted, view: live({ entry: 'e2' }, true) }, update()],
    [
      'to which kubectl wrote what was overlooked costs nothing',
      { wanted, view: intruded('i1'), applied: overlooked },
      { do: 'unchanged' },
    ],
    [
      'to which kubectl wrote more is read',
      { wanted, view: intruded('i2'), applied: overlooked },
      { do: 'look' },
    ],
    [
      'of which no more is ignored is read',
      { wanted: wants({}, 'h2'), view: intruded('i1'), applied: overlooked },
      { do: 'look' },
    ],
  ] as [string, Partial<Situation>, Decision][])('%s', (_, part, expected) => {
    expect(decide(situation(part))).toEqual(expected);
  });
});

describe('an object of the build', () => {
  it.each([
    ['as it was left costs nothing', {}, { do: 'unchanged' }],
    ['nobody looked at is looked at', { view: { known: 'nothing' } }, { do: 'look' }],
    ['that is not there is created', { view: absent }, { do: 'create' }],
    ['changed in Git is updated', { wanted: wants({}, 'h2') }, update()],
    ['never applied by this process is updated', { applied: undefined }, update()],
    ['whose fields another took is updated', { view: live({ entry: 'e2' }) }, update()],
    ['without our entry is updated', { view: live({ entry: undefined }) }, update()],
    [
      'without our entry, then as now, is updated',
      { view: live({ entry: undefined }), applied: { ...asLeft, entry: undefined } },
      update(),
    ],
    ['made anew by another is updated', { view: live({ uid: 'u2' }) }, update({ uid: 'u2' })],
    ['on its way out is waited for', { view: live({ deleting: true }) }, { do: 'wait' }],
  ] as [string, Partial<Situation>, Decision][])('%s', (_, part, expected) => {
    expect(decide(situation(part))).toEqual(expected);
  });
});

it('an object nobody looked at, and the inventory does not know, is created straight away', () => {
  const wanted = { ...wants({}), isNew: true };
  expect(decide(situation({ wanted, view: { known: 'nothing' } }))).toEqual({ do: 'create' });
});

describe('a Job that deletes itself', () => {
  const job = { hash: 'h1', marks: plain, vanishes: true, isNew: false };
  it('is not run again when it is done', () => {
    expect(decide(situation({ wanted: job, view: absent }))).toEqual({ do: 'unchanged' });
  });
  it('is run when it is new or changed', () => {
    expect(decide(situation({ wanted: job, view: absent, applied: undefined }))).toEqual({
      do: 'create',
    });
    const changed = { ...job, hash: 'h2' };
    expect(decide(situation({ wanted: changed, view: absent }))).toEqual({ do: 'create' });
  });
});

describe('marks', () => {
  it.each([
    ['never, in Git', { wanted: wants({ apply: 'never' }), view: absent }, { do: 'skip' }],
    ['never, in the cluster', { view: live({ marks: marks({ apply: 'never' }) }) }, { do: 'skip' }],
    [
      'ifNotPresent, absent',
      { wanted: wants({ apply: 'ifNotPresent' }), view: absent },
      { do: 'create' },
    ],
    [
      'ifNotPresent, present and changed',
      { wanted: wants({ apply: 'ifNotPresent' }, 'h2') },
      { do: 'skip' },
    ],
    [
      'ifNotPresent, nobody looked',
      { wanted: wants({ apply: 'ifNotPresent' }), view: { known: 'nothing' } },
      { do: 'look' },
    ],
  ] as [string, Partial<Situation>, Decision][])('%s', (_, part, expected) => {
    expect(decide(situation(part))).toEqual(expected);
  });
});

describe('fields of other managers', () => {
  it('are looked at before they are taken over', () => {
    expect(decide(situation({ view: live({ intruded: true }) }))).toEqual({ do: 'look' });
    expect(decide(situation({ view: live({ intruded: true }, true) }))).toEqual(
      update({ takeOver: true }),
    );
  });

  it('are brought to the version that is applied, also with ssa: Merge', () => {
    const view = live({ outdated: true, marks: marks({ apply: 'merge' }) }, true);
    expect(decide(situation({ view: live({ outdated: true }) }))).toEqual({ do: 'look' });
    expect(decide(situation({ view }))).toEqual(update({ takeOver: true }));
  });

  it.each([
    ['in Git', { wanted: wants({ apply: 'merge' }) }],
    ['in the cluster', {}],
  ] as [string, Partial<Situation>][])('are left alone with ssa: Merge %s', (where, part) => {
    const kept = where === 'in Git' ? plain : marks({ apply: 'merge' });
    const view = live({ intruded: true, marks: kept });
    expect(decide(situation({ ...part, view }))).toEqual({ do: 'unchanged' });
  });
});

describe('an object of another Kustomization', () => {
  const theirs = (part: Partial<LiveState> = {}) => live({ owner: other, ...part }, true);

  it('is read as the tenant before anything is said about it', () => {
    const never = marks({ apply: 'never' });
    for (const part of [{}, { deleting: true }, { marks: never }]) {
      const unread = live({ owner: other, ...part });
      expect(decide(situation({ view: unread }))).toEqual({ do: 'look' });
    }
  });

  it('is refused while that one holds it', () => {
    const refuse = { do: 'refuse', owner: other };
    expect(decide(situation({ view: theirs() }))).toEqual(refuse);
    expect(decide(situation({ view: theirs({ deleting: true }) }))).toEqual(refuse);
    expect(decide(situation({ view: theirs({ intruded: true }) }))).toEqual(refuse);
  });

  it('is shared in peace with ssa: IfNotPresent', () => {
    const wanted = wants({ apply: 'ifNotPresent' });
    expect(decide(situation({ view: theirs(), wanted }))).toEqual({ do: 'skip' });
  });

  it('is taken over, in exactly the version seen, once nobody holds it', () => {
    const free = situation({ view: theirs(), hold: 'none' });
    expect(decide(free)).toEqual(update({ resourceVersion: '7' }));
  });

  it('that nobody owns is taken over in exactly the version seen', () => {
    const found = live({ owner: undefined, entry: undefined }, true);
    expect(decide(situation({ view: found }))).toEqual(update({ resourceVersion: '7' }));
  });

  it('of the same name in another namespace is another', () => {
    const twin = theirs({ owner: { ...me, namespace: 'evil' } });
    expect(decide(situation({ view: twin }))).toMatchObject({ do: 'refuse' });
  });

  it('that is about to let go of it is waited for, unless the object is to be shared', () => {
    const unread = live({ owner: other });
    for (const view of [theirs(), unread]) {
      expect(decide(situation({ view, hold: 'awaited' }))).toEqual({ do: 'await', owner: other });
    }
    const wanted = wants({ apply: 'ifNotPresent' });
    const shared = situation({ view: unread, hold: 'awaited', wanted });
    expect(decide(shared)).toEqual({ do: 'look' });
  });

  it('of another namespace is asked for just as if there were none', () => {
    const foreign = live({ owner: { namespace: 'evil', name: 'x' } });
    for (const hold of ['none', 'awaited', 'held'] as const) {
      expect(decide(situation({ view: foreign, hold }))).toEqual({ do: 'create' });
    }
  });
});
