import { describe, expect, test } from 'vitest';
import {
  asked,
  oil,
  view,
  facts,
  own,
  bySelector,
  emptyList,
} from '../../../test/support/proxy-decisions.ts';
import type { KindFacts } from '../view/caller-view.ts';
import { decide } from './decide.ts';

describe('lists over all namespaces', () => {
  const pods = (listable: KindFacts['listable'], more: Partial<KindFacts> = {}) =>
    decide(asked('list', 'pods'), view(), facts({ scope: 'namespaced', listable, ...more }));
  const [wholeOil, partOfGas] = [
    { tenant: 'oil', isWhole: true, namespaces: ['oil-1'] },
    { tenant: 'gas', isWhole: false, namespaces: ['gas-1'] },
  ];
  const label = 'capsule.clastix.io/managed-by';

  test('of whole tenants are a selector', () => {
    expect(pods([wholeOil])).toEqual(bySelector(`${label} in (oil)`));
  });
  test('of parts of tenants are looked at item by item', () => {
    expect(pods([wholeOil, partOfGas])).toMatchObject({
      requirement: `${label} in (gas,oil)`,
      keep: {
        namespaces: ['gas-1'],
        anyOf: [{ matchExpressions: [{ key: label, values: ['oil'] }] }],
      },
    });
    expect(pods([partOfGas])).toEqual({
      ...bySelector(`${label} in (gas)`),
      keep: { namespaces: ['gas-1'] },
    });
  });
  test('of nothing are empty', () => {
    expect(pods([])).toEqual(emptyList);
    expect(pods([{ ...partOfGas, namespaces: [] }])).toEqual(emptyList);
  });
  test('of nothing are empty, whatever another server makes of selectors', () => {
    const none = { ...emptyList, keep: {} };
    expect(pods([], { isAggregated: true })).toEqual(none);
    const nowhere = [{ ...wholeOil, isWhole: false, namespaces: [] }];
    expect(pods(nowhere, { isAggregated: true })).toEqual(none);
  });
  test('from another server are held against the namespaces', () => {
    expect(pods([wholeOil, partOfGas], { isAggregated: true })).toEqual({
      ...bySelector(`${label} in (gas,oil)`),
      keep: { namespaces: ['gas-1', 'oil-1'] },
    });
  });
  test.each(['deletecollection', 'create', 'update'])('%s takes own rights', (verb) => {
    const request = asked(verb, 'pods');
    const namespaced = facts({ scope: 'namespaced', listable: [wholeOil] });
    expect(decide(request, view(), namespaced)).toEqual(own);
  });
});

describe('one object in a namespace', () => {
  const request = asked('get', 'configmaps', { namespace: 'new', name: 'a' });
  test('is told as missing with its namespace, to those who may create that', () => {
    expect(decide(request, view(), facts({ scope: 'namespaced' }))).toEqual({
      kind: 'impersonate',
      forbiddenAs: 'not-found-without-namespace',
    });
  });
  test('tells others nothing about namespaces', () => {
    for (const tenants of [[], [{ ...oil, isOwned: false }]]) {
      expect(decide(request, view({ tenants }), facts({ scope: 'namespaced' }))).toEqual(own);
    }
  });
});
