import { expect, test } from 'vitest';
import {
  addQuantities,
  approximateQuantity,
  formatQuantity,
  largerQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
  type Quantity,
} from './quantity.ts';

const of = (text: string | number): Quantity => {
  const quantity = parseQuantity(text);
  if (!quantity) throw new Error(`${text} is no quantity`);
  return quantity;
};

test.each([
  ['0', '0'],
  ['1000m', '1'],
  ['1.5', '1500m'],
  ['.5', '500m'],
  ['1.', '1'],
  ['+3', '3'],
  ['-1500m', '-1500m'],
  ['1024', '1024'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['1000k', '1M'],
  ['1e3', '1e3'],
  ['1500e-3', '1500e-3'],
  ['1n', '1n'],
  ['0.1n', '1n'],
  ['16Gi', '16Gi'],
  ['9007199254740993', '9007199254740993'],
])('%s is written %s', (text, canonical) => {
  expect(formatQuantity(of(text))).toBe(canonical);
});

test.each([
  '',
  '.',
  'm',
  '1.2.3',
  '1 Gi',
  '1gi',
  '1kk',
  '0x10',
  'Infinity',
  '1e',
  '١',
  '9'.repeat(65),
])('%j is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test.each([undefined, null, true, {}, [], Number.NaN])('%s is no quantity', (value) => {
  expect(parseQuantity(value)).toBeUndefined();
});

test('numbers are quantities, whatever their size', () => {
  expect(formatQuantity(of(3))).toBe('3');
  expect(formatQuantity(parseQuantity(9007199254740993n) ?? zeroQuantity)).toBe('9007199254740993');
});

test('an exponent beyond reason costs nothing and is more than any limit', () => {
  expect(of('1e999999999').nano > of('9E').nano).toBe(true);
  expect(of('1e-999999999').nano).toBe(1n);
});

test('a sum is exact where floating point is not', () => {
  const tenths = Array.from({ length: 10 }, () => of('100m')).reduce(addQuantities, zeroQuantity);
  expect(formatQuantity(tenths)).toBe('1');
  expect(formatQuantity(addQuantities(of('9007199254740993'), of('1')))).toBe('9007199254740994');
});

test('a sum is written as its first part', () => {
  expect(formatQuantity(addQuantities(of('1Gi'), of('1073741824')))).toBe('2Gi');
  expect(formatQuantity(addQuantities(zeroQuantity, of('2Gi')))).toBe('2Gi');
  expect(formatQuantity(subtractQuantities(of('3Gi'), of('1Gi')))).toBe('2Gi');
  expect(formatQuantity(subtractQuantities(of('1'), of('1500m')))).toBe('-500m');
});

test('the larger of two', () => {
  expect(largerQuantity(of('1'), of('900m'))).toEqual(of('1'));
  expect(largerQuantity(of('1'), of('1Ki'))).toEqual(of('1Ki'));
});

test('an approximation for metrics', () => {
  expect(approximateQuantity(of('1500m'))).toBe(1.5);
});
