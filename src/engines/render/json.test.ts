import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, stringifyJson } from './json.ts';

test.each([
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['1e300', 1e300],
  ['1234567890123456.5', 1234567890123456.5],
  ['"9007199254740993"', '9007199254740993'],
])('%s is read as it is', (text, value) => {
  expect(parseJson(text)).toBe(value);
  expect(parseJson(`{"a":[${text}, ${text}]}`)).toEqual({ a: [value, value] });
});

test('int64 survives a round trip', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), (value) => {
      const text = `[${value}]`;
      expect(stringifyJson(parseJson(text))).toBe(text);
    }),
  );
});

test('a __proto__ key is a key like others, and changes no prototype', () => {
  const text = '{"__proto__":{"polluted":9007199254740993},"a":{"__proto__":1}}';
  const value = parseJson(text) as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.hasOwn(value, '__proto__')).toBe(true);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(stringifyJson(value)).toBe(text);
});
