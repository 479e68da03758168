import { expect, it } from 'vitest';
import { re2Search } from './re2-search.ts';

it.each([
  ['^web$', 'web', true],
  ['^web$', 'a web', false],
  ['web', 'a web!', true],
  ['a|^b', 'cb', false],
  ['(?P<x>a)', 'cab', true],
  ['(?:ab)+$', 'xxabab', true],
  ['[[:alpha:]]+-x', 'q-x', true],
  ['\\Aa\\z', 'a', true],
  ['\\Aa\\z', 'ab', false],
  ['\\bpool\\b', 'a pool', true],
])('%s in %s: %s', (pattern, text, found) => {
  expect(re2Search(pattern)?.test(text)).toBe(found);
});

it.each([
  ['no pattern', '['],
  ['one that would leave the parentheses', 'a)|(b'],
  ['a flag', '(?i)a'],
  ['a class of Unicode', '\\pL'],
  ['a quote', '\\Qa.b\\E'],
  ['one that looks ahead', 'a(?=b)'],
])('%s is refused', (_, pattern) => {
  expect(re2Search(pattern)).toBeUndefined();
});

it('what makes others explode is matched', () => {
  expect(re2Search('((a*)*)*b')?.test('a'.repeat(100_000))).toBe(false);
});
