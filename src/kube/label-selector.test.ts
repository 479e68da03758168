import { expect, test } from 'vitest';
import { selects, type LabelSelector } from './label-selector.ts';

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
