import { expect, test } from 'vitest';
import { formatSelector, selects, type LabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', empty: '' };
const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
});

test.each<[LabelSelector, boolean]>([
  [{}, true],
  [{ matchLabels: {} }, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'back' } }, false],
  [{ matchLabels: { missing: '' } }, false],
  [{ matchLabels: { empty: '' } }, true],
  [{ matchLabels: { constructor: 'x' } }, false],
  [expression('app', 'In', 'web', 'api'), true],
  [expression('app', 'In', 'api'), false],
  [expression('missing', 'In', 'api'), false],
  [expression('app', 'NotIn', 'api'), true],
  [expression('app', 'NotIn', 'web'), false],
  [expression('missing', 'NotIn', 'web'), true],
  [expression('app', 'Exists'), true],
  [expression('missing', 'Exists'), false],
  [expression('toString', 'Exists'), false],
  [expression('missing', 'DoesNotExist'), true],
  [expression('app', 'DoesNotExist'), false],
  [expression('app', 'Equals', 'web'), false],
  [{ matchLabels: { app: 'web' }, ...expression('tier', 'In', 'back') }, false],
])('%o: %s', (selector, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});

test('without labels only what asks for none is selected', () => {
  expect(selects({})).toBe(true);
  expect(selects({ matchLabels: { app: 'web' } })).toBe(false);
});

test.each<[LabelSelector, string | undefined]>([
  [{}, ''],
  [{ matchLabels: { app: 'web', empty: '' } }, 'app in (web),empty in ()'],
  [expression('a.io/tier', 'In', 'b', 'c'), 'a.io/tier in (b,c)'],
  [expression('tier', 'NotIn', 'b'), 'tier notin (b)'],
  [expression('tier', 'Exists'), 'tier'],
  [expression('tier', 'DoesNotExist'), '!tier'],
  [expression('tier', 'In'), undefined],
  [expression('tier', 'Near', 'b'), undefined],
  [{ matchLabels: { app: 'web,other=1' } }, undefined],
  [{ matchLabels: { 'app in (x),b': 'c' } }, undefined],
])('%j is sent as %j', (selector, text) => {
  expect(formatSelector(selector)).toBe(text);
});
