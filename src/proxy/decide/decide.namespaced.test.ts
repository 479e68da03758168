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
  const [inOil, inGas] = [
    { tenant: 'oil', namespaces: ['oil-1', 'oil-2'] },
    { tenant: 'gas', namespaces: ['gas-1'] },
  ];
  const label = 'capsule.clastix.io/managed-by';

  test('read what is labelled as the tenants’, and show what is in the namespaces', () => {
    expect(pods([inOil])).toEqual({
      ...bySelector(`${label} in (oil)`),
      keep: { namespaces: ['oil-1', 'oil-2'] },
    });
    const both = {
      ...bySelector(`${label} in (gas,oil)`),
      keep: { namespaces: ['gas-1', 'oil-1', 'oil-2'] },
    };
    expect(pods([inOil, inGas])).toEqual(both);
    expect(pods([inOil, inGas], { isAggregated: true })).toEqual(both);
  });
  test('read nothing of a tenant of which nothing is shown', () => {
    expect(pods([inOil, { ...inGas, namespaces: [] }])).toEqual(pods([inOil]));
  });
  test('of nothing are empty, whatever another server makes of selectors', () => {
    for (const listable of [[], [{ ...inGas, namespaces: [] }]]) {
      expect(pods(listable)).toEqual(emptyList);
      expect(pods(listable, { isAggregated: true })).toEqual({ ...emptyList, keep: {} });
    }
  });
  test.each(['deletecollection', 'create', 'update'])('%s takes own rights', (verb) => {
    const request = asked(verb, 'pods');
    const namespaced = facts({ scope: 'namespaced', listable: [inOil] });
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
