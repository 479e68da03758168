import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalJson, parseJson, setOwn, stringifyJson } from './json.ts';

describe('int64', () => {
  test.each([
    ['{"a":9223372036854775807}', { a: 9223372036854775807n }],
    ['{"a":-9223372036854775808}', { a: -9223372036854775808n }],
    ['[9007199254740993,9007199254740991]', [9007199254740993n, 9007199254740991]],
    ['9007199254740993', 9007199254740993n],
    ['{"a" : \n 9007199254740993}', { a: 9007199254740993n }],
    ['{"a":[1, -9007199254740993]}', { a: [1, -9007199254740993n] }],
  ])('%s keeps its value and its text', (text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJson(stringifyJson(parseJson(text)))).toEqual(value);
  });

  test.each([
    ['0.30000000000000004', 0.30000000000000004],
    ['1e300', 1e300],
    ['"9007199254740993"', '9007199254740993'],
    ['{"sha":"12345678901234567890123456789012"}', { sha: '12345678901234567890123456789012' }],
  ])('%s is no int64', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test('any int64 survives any number of round trips', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(fc.array(int64), fc.json(), (numbers, noise) => {
        const text = `{"n":[${numbers.join(', ')}],"noise":${noise}}`;
        const once = parseJson(text) as { n: (number | bigint)[] };
        expect(once.n.map(BigInt)).toEqual(numbers);
        expect(stringifyJson(parseJson(stringifyJson(once)))).toBe(stringifyJson(once));
      }),
    );
  });

  test('agrees with JSON on everything without long integers', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        if (/\d{16}/.test(text)) return;
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(stringifyJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

describe('hostile keys', () => {
  const texts = ['{"__proto__":{"isAdmin":true}}', '{"__proto__":{"n":9007199254740993}}'];

  test.each(texts)('%s makes an own property and leaves the prototype alone', (text) => {
    const value = parseJson(text) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('isAdmin' in value).toBe(false);
    expect(stringifyJson(value)).toBe(text);
  });

  test('setOwn sets what assignment would not', () => {
    const target = {};
    setOwn(target, '__proto__', { polluted: true });
    setOwn(target, 'plain', 1);
    expect(Object.keys(target)).toEqual(['__proto__', 'plain']);
    expect('polluted' in target).toBe(false);
  });
});

test('a cycle is refused, not followed', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => stringifyJson(cycle)).toThrow(TypeError);
});

test('text that is not JSON throws on both paths', () => {
  expect(() => parseJson('{')).toThrow(SyntaxError);
  expect(() => parseJson('[9007199254740993,')).toThrow(SyntaxError);
});

describe('equalJson', () => {
  test.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [null, {}, false],
    [1n, 1n, true],
    ['1', 1, false],
    [{ a: [{ b: 'c' }] }, { a: [{ b: 'c' }] }, true],
    [{}, { toString: undefined }, true],
  ])('case %#', (a, b, equal) => {
    expect(equalJson(a, b)).toBe(equal);
    expect(equalJson(b, a)).toBe(equal);
  });
});
