import { expect, it } from 'vitest';
import { re2 } from './re2.ts';

it.each([
  ['harbor/.*', 'evil/harbor/x', true],
  ['^harbor/.*', 'evil/harbor/x', false],
  ['', '', true],
  ['^$', 'x', false],
  ['a|b', 'xbx', true],
  ['^(?:a|)$', '', true],
  ['^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.example\\.com$', 'app-1.example.com', true],
  ['^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.example\\.com$', '-app.example.com', false],
  ['^[^/]+$', 'a/b', false],
  ['^(?i)team-[a-z]+$', 'TEAM-X', true],
  ['^a(?i:b)c$', 'aBc', true],
  ['^a(?i:b)c$', 'aBC', false],
  ['(?-i)A', 'a', false],
  ['^[[:alpha:]_]+$', 'ab_c', true],
  ['^[[:^digit:]]+$', 'a1', false],
  ['^[[:punct:]]+$', '!/:@[`{~]', true],
  ['^\\pL+$', 'éß', true],
  ['^\\p{Greek}+$', 'αβ', true],
  ['^\\PL+$', 'a', false],
  ['^\\p{^L}$', '1', true],
  ['^.$', '😀', true],
  ['^.$', '\n', false],
  ['^(?s).$', '\n', true],
  ['^a$', 'b\na', false],
  ['(?m)^a$', 'b\na\nc', true],
  ['\\Aa\\z', 'a', true],
  ['\\bcat\\b', 'a cat.', true],
  ['\\Bcat', 'a cat', false],
  ['^\\Qa.b*\\E$', 'a.b*', true],
  ['^\\Qab\\E+$', 'abbb', true],
  ['^\\x41\\x{1F600}\\101\\t$', 'A😀A\t', true],
  ['^a{2}$', 'aa', true],
  ['^a{2,}$', 'a', false],
  ['^a{1,2}?$', 'aaa', false],
  ['a{,2}', 'a{,2}', true],
  ['^(?P<name>a)(?<other>b)$', 'ab', true],
  ['^[]a]+$', ']a', true],
  ['^[a-]+$', '-', true],
  ['^[\\d\\-x]+$', '1-x', true],
  ['^[^\\W]$', '!', false],
  ['^(?i)k$', '\u212a', true],
  ['x*', '', true],
  ['(?i)^AB[c-d]\\d$', 'aBD1', true],
  ['(?i)^[^a]$', 'A', false],
])('%s of %j: %s', (pattern, text, matches) => {
  expect(re2(pattern)?.test(text)).toBe(matches);
});

it.each([
  '(',
  ')',
  'a)',
  '[',
  '[b-a]',
  '*',
  'a**',
  'a{2,1}',
  'a{1001}',
  '(?=a)',
  '(?!a)',
  '(?<=a)',
])('%s is no pattern', (pattern) => expect(re2(pattern)).toBeUndefined());

it.each([
  '(a)\\1',
  '\\q',
  '\\8',
  '\\p{Nothing}',
  '[[:nothing:]]',
  '\\x{110000}',
  '(?i-)',
  'a\\',
  '[a',
])('%s is no pattern either', (pattern) => expect(re2(pattern)).toBeUndefined());

it.each([
  ['too large', '((a{1000}){1000})'],
  ['too deep', '('.repeat(300) + ')'.repeat(300)],
  ['too long', 'a'.repeat(5000)],
])('what is %s is refused', (_, pattern) => expect(re2(pattern)).toBeUndefined());

it('what makes others explode is matched', () => {
  expect(re2('^(?:(?:a*)*)*b$')?.test('a'.repeat(10_000))).toBe(false);
});
