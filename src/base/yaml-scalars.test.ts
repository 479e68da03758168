import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readYamlScalar } from './yaml-scalars.ts';

describe('a plain scalar means what it means to Kubernetes', () => {
  test.each([
    ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map(
      (word) => [word, true] as const,
    ),
    ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map(
      (word) => [word, false] as const,
    ),
    ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
    ...[
      'tRUE',
      'nuLL',
      'yEs',
      '_1',
      '1:20',
      '2001-12-14',
      '1.2.3',
      '0x',
      '0b12',
      '-',
      '+',
      '.',
    ].map((word) => [word, word] as const),
    ['1', 1],
    ['+1', 1],
    ['-1', -1],
    ['010', 8],
    ['-010', -8],
    ['0o10', 8],
    ['08', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0b101', -5],
    ['1_000', 1000],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['18446744073709551616', 2 ** 64],
    ['-9223372036854775809', -(2 ** 63)],
    ['0xFFFFFFFFFFFFFFFFF', '0xFFFFFFFFFFFFFFFFF'],
    ['1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1e999', '1e999'],
  ] as const)('%j', (text, value) => {
    expect(readYamlScalar(text)).toBe(value);
  });

  test.each(['.inf', '-.INF', '+.Inf', '.nan', '.NaN'])('%s is no JSON', (text) => {
    expect(() => readYamlScalar(text)).toThrow(RangeError);
  });

  test('every int64 and uint64 keeps its digits', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), (value) => {
        expect(String(readYamlScalar(String(value)))).toBe(String(value));
      }),
    );
  });
});
