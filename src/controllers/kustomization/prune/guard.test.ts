import { describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { PruneGuard } from '../../../api/kustomize/parts.ts';
import { approvalOf, whyGuarded, type Deletions } from './guard.ts';

const map: ObjectRef = { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'x' };
const namespace: ObjectRef = { ...map, kind: 'Namespace', namespace: '', name: 'shop' };
const definition: ObjectRef = {
  ...namespace,
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  name: 'carts.shop.io',
};
const half: PruneGuard = { maxShare: '50%', atLeast: 1, namespaces: true };
const maps = (count: number, of: number, isAll = false): Deletions => ({
  refs: Array.from({ length: count }, (_, index) => ({ ...map, name: `x${index}` })),
  of,
  isAll,
});

describe('by share', () => {
  const share = 'that is more than 50% of 10 objects';
  it.each([
    ['nothing', half, maps(0, 0, true), undefined],
    ['half', half, maps(5, 10), undefined],
    ['more than half', half, maps(6, 10), share],
    ['all', half, maps(10, 10, true), share],
    ['the only one', half, maps(1, 1, true), 'that is more than 50% of 1 object'],
    ['without a share', { ...half, maxShare: undefined }, maps(10, 10, true), undefined],
    ['100%', { ...half, maxShare: '100%' }, maps(10, 10, true), undefined],
    ['0%', { ...half, maxShare: '0%' }, maps(1, 10), 'that is more than 0% of 10 objects'],
    ['a few', { ...half, atLeast: 5 }, maps(4, 4), undefined],
    [
      'just enough of them',
      { ...half, atLeast: 5 },
      maps(5, 6),
      'that is more than 50% of 6 objects',
    ],
    [
      'a few that are all',
      { ...half, atLeast: 5 },
      maps(2, 2, true),
      'that is more than 50% of 2 objects',
    ],
  ] as [string, PruneGuard, Deletions, string | undefined][])('%s', (_, guard, deletions, why) => {
    expect(whyGuarded(guard, deletions)).toBe(why);
  });
});

describe('by kind', () => {
  it.each([
    ['Namespace/shop', namespace],
    ['CustomResourceDefinition/carts.shop.io', definition],
  ])('%s waits, however many there are', (name, ref) => {
    const deletions = { refs: [map, ref], of: 1000, isAll: false };
    expect(whyGuarded(half, deletions)).toBe(`${name} would take along all that is in it`);
    expect(whyGuarded({ ...half, namespaces: false }, deletions)).toBeUndefined();
  });

  it('a kind of that name of another group does not', () => {
    const refs = [{ ...namespace, group: 'shop.io' }];
    expect(whyGuarded(half, { refs, of: 1000, isAll: false })).toBeUndefined();
  });
});

it('a go names the revision and the spec it is for', () => {
  expect(approvalOf({ revision: 'main@sha1:abc', generation: 3 })).toBe('main@sha1:abc#3');
});
