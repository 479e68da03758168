import { expect, test } from 'vitest';
import { limitForRatio } from './ratio.ts';
import { unitsOf } from './units.ts';

test.each([
  ['cpu', '500m', 1500, '750m'],
  ['cpu', '2', 1500, '3'],
  ['cpu', '1m', 1500, '1m'],
  ['memory', '1Gi', 1500, '1536Mi'],
  ['memory', '2Gi', 1500, '3Gi'],
  ['memory', '1000', 1500, '1500'],
  ['memory', '1500M', 1500, '2250000000'],
])('%s %s times %i thousandths is %s', (name, request, ratio, limit) => {
  expect(limitForRatio(name, request, ratio)).toBe(limit);
});

test.each([
  ['cpu', '1500u', 2n],
  ['memory', '1k', 1000n],
  ['memory', undefined, 0n],
])('%s %s is %s units', (name, amount, units) => expect(unitsOf(name, amount)).toBe(units));
