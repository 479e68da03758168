import { describe, expect, test } from 'vitest';
import { readAmounts, writeAmounts } from '../../kube/resource-list.ts';
import { scheduleClaims, type ClaimFacts, type PoolFacts } from './schedule-claims.ts';

type List = Record<string, string | number>;
const claim = (uid: string, amounts: List, facts: Partial<ClaimFacts> = {}): ClaimFacts => ({
  uid,
  namespace: 'a',
  name: uid,
  createdAt: '2026-01-01T00:00:00Z',
  amounts: readAmounts(amounts),
  ...facts,
});
const pool = (hard: List, facts: Partial<PoolFacts> = {}): PoolFacts => ({
  hard: readAmounts(hard),
  orderedQueue: false,
  allocated: new Map(),
  inUse: new Map(),
  ...facts,
});
const lists = (amounts: Record<string, List>) =>
  new Map(Object.entries(amounts).map(([key, list]) => [key, readAmounts(list)]));
const verdicts = (of: PoolFacts, claims: ClaimFacts[]) => {
  const { verdicts: found } = scheduleClaims(of, claims);
  return Object.fromEntries(
    [...found].map(([uid, verdict]) => [
      uid,
      'message' in verdict ? `${verdict.verdict}: ${verdict.message}` : verdict.verdict,
    ]),
  );
};

test('claims get what they ask for, the oldest first', () => {
  const claims = [
    claim('young', { cpu: 2 }, { createdAt: '2026-01-02T00:00:00Z' }),
    claim('old', { cpu: 3 }),
  ];
  expect(verdicts(pool({ cpu: 4 }), claims)).toEqual({
    old: 'allocated',
    young: 'pool-exhausted: requested: cpu=2, available: cpu=1',
  });
});

test('a younger claim that fits passes one that does not, unless the queue is ordered', () => {
  const claims = [claim('a', { cpu: 9 }), claim('b', { cpu: 1 }), claim('c', { memory: '1Gi' })];
  const hard = { cpu: 4, memory: '2Gi' };
  expect(verdicts(pool(hard), claims)).toMatchObject({ b: 'allocated', c: 'allocated' });
  expect(verdicts(pool(hard, { orderedQueue: true }), claims)).toEqual({
    a: 'pool-exhausted: requested: cpu=9, available: cpu=4',
    b: 'queue-exhausted: requested: cpu=1, queued: cpu=9',
    c: 'allocated',
  });
});

test('who has something keeps it, whoever is older', () => {
  const allocated = lists({ young: { cpu: 3 } });
  const claims = [
    claim('old', { cpu: 2 }),
    claim('young', { cpu: 3 }, { createdAt: '2026-01-02T00:00:00Z' }),
  ];
  expect(verdicts(pool({ cpu: 4 }, { allocated }), claims)).toMatchObject({ young: 'allocated' });
});

describe('a resized claim', () => {
  const allocated = lists({ a: { cpu: 2 }, b: { cpu: 1 } });
  const of = (size: number) =>
    scheduleClaims(pool({ cpu: 4 }, { allocated }), [
      claim('a', { cpu: size }),
      claim('b', { cpu: 1 }),
    ]);

  test('gets more if there is more, its own share counted', () => {
    expect(of(3).verdicts.get('a')).toEqual({ verdict: 'allocated' });
  });

  test('loses what it had if there is not', () => {
    const { verdicts: found, allocated: given } = of(4);
    expect(found.get('a')).toMatchObject({ verdict: 'pool-exhausted' });
    expect([...given.keys()]).toEqual(['b']);
  });
});

test('what a namespace can still use is nobody else’s, though its claim is gone', () => {
  const inUse = lists({ a: { cpu: 3 } });
  const elsewhere = claim('x', { cpu: 2 }, { namespace: 'b' });
  expect(verdicts(pool({ cpu: 4 }, { inUse }), [elsewhere])).toEqual({
    x: 'pool-exhausted: requested: cpu=2, available: cpu=1',
  });
  expect(verdicts(pool({ cpu: 4 }, { inUse }), [claim('x', { cpu: 3 })])).toEqual({
    x: 'allocated',
  });
});

test('what the pool does not have at all is told', () => {
  expect(verdicts(pool({ cpu: 4 }), [claim('a', { gpu: 1, cpu: 1, disk: 1 })])).toEqual({
    a: 'unavailable: not in the pool: disk, gpu',
  });
});

test('what is waited for, summed by resource', () => {
  const { exhaustions } = scheduleClaims(pool({ cpu: 1 }), [
    claim('a', { cpu: 2 }),
    claim('b', { cpu: '3500m' }),
  ]);
  expect(
    writeAmounts(new Map([...exhaustions].map(([name, { requesting }]) => [name, requesting]))),
  ).toEqual({
    cpu: '5500m',
  });
});
