import { expect, test } from 'vitest';
import { readAmounts } from '../../kube/resource-list.ts';
import { claimsInUse } from './cover-usage.ts';

const claim = (uid: string, amounts: Record<string, string | number>) => ({
  uid,
  namespace: 'a',
  name: uid,
  createdAt: '2026-01-01T00:00:00Z',
  amounts: readAmounts(amounts),
});
const inUse = (used: Record<string, string | number>, claims: ReturnType<typeof claim>[]) =>
  [...claimsInUse(readAmounts(used), claims)].sort();

test('nothing used: no claim is in use', () => {
  expect(inUse({ cpu: 0 }, [claim('a', { cpu: 1 })])).toEqual([]);
});

test('the claim that covers most', () => {
  const claims = [claim('a', { cpu: 1 }), claim('b', { cpu: 4 }), claim('c', { memory: '1Gi' })];
  expect(inUse({ cpu: 3 }, claims)).toEqual(['b']);
  expect(inUse({ cpu: 5 }, claims)).toEqual(['a', 'b']);
  expect(inUse({ cpu: 1, memory: '1Mi' }, claims)).toEqual(['a', 'c']);
});

test('the oldest of equals', () => {
  expect(inUse({ cpu: 1 }, [claim('b', { cpu: 1 }), claim('a', { cpu: 1 })])).toEqual(['a']);
});

test('more than is claimed: every claim on it is', () => {
  expect(inUse({ cpu: 100, disk: 1 }, [claim('a', { cpu: 1 }), claim('b', { cpu: 1 })])).toEqual([
    'a',
    'b',
  ]);
});
