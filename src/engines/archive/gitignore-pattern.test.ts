import * as fc from 'fast-check';
import ignore from 'ignore';
import { expect, test } from 'vitest';
import { parseIgnorePattern } from './gitignore-pattern.ts';

test.each([
  ['foo', ['foo', 'a/foo', 'foo/x', 'a/foo/b/c'], ['food', 'afoo']],
  ['foo/', ['foo/x', 'a/foo/x'], ['foo', 'a/foo']],
  ['/foo', ['foo', 'foo/x'], ['a/foo']],
  ['a/foo', ['a/foo', 'a/foo/x'], ['b/a/foo']],
  ['*.md', ['x.md', 'a/.md', 'a/x.md'], ['x.mdx', 'md']],
  ['a/*.md', ['a/x.md'], ['a/b/x.md', 'x.md']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a/y', 'b/a/z']],
  ['**/z', ['z', 'a/b/z'], ['zz']],
  ['a/**', ['a/x', 'a/x/y'], ['a', 'b/a/x']],
  ['a?c', ['abc'], ['ac', 'a/c']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
  ['[!a-c]x', ['dx'], ['ax']],
  ['[^a]x', ['bx'], ['ax']],
  ['[]]x', [']x'], ['x']],
  ['[a\\-c]x', ['ax', '-x', 'cx'], ['bx']],
  ['[a-]x', ['ax', '-x'], ['bx']],
  ['[a', [], ['a', '[a']],
  ['\\#x', ['#x'], ['x']],
  ['\\!x', ['!x'], ['x']],
  ['x\\ ', ['x '], ['x']],
  ['x  ', ['x'], ['x  ']],
  ['x\r', ['x'], []],
  ['a*b*c', ['abc', 'aXbYc', 'abbc'], ['acb']],
])('%j', (line, matching, others) => {
  const pattern = parseIgnorePattern(line);
  const matches = (path: string) => pattern?.matches(path.split('/'));
  expect(matching.filter((path) => !matches(path))).toEqual([]);
  expect(others.filter((path) => matches(path))).toEqual([]);
});

test.each(['', '  ', '#x', '/', '!', '\r'])('no pattern: %j', (line) => {
  expect(parseIgnorePattern(line)).toBeUndefined();
});

test('agrees with an independent implementation', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 3 });
  const safe = name.filter((text) => text !== '.' && text !== '..');
  const path = fc.array(safe, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const glob = fc
    .string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), minLength: 1, maxLength: 4 })
    .filter((text) => !text.includes('**'));
  const part = fc.oneof(glob, fc.constant('**'));
  const line = fc
    .tuple(
      fc.constantFrom('', '/'),
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/'),
    )
    .map(([head, parts, tail]) => head + parts.join('/') + tail)
    // Neighbouring `**` and bare dots have meanings nobody agrees on.
    .filter((text) => !/\*\*\/\*\*|^\/?\*\*\/?$|\*\*\/$|(?:^|\/)\.{1,2}(?:\/|$)/.test(text));
  fc.assert(
    fc.property(line, path, (text, target) => {
      const expected = ignore({ ignorecase: false }).add(text).ignores(target);
      expect(parseIgnorePattern(text)?.matches(target.split('/'))).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

test('any line is compiled, and matched, without throwing', () => {
  const noise = fc.string({
    unit: fc.constantFrom('a', '*', '?', '[', ']', '!', '\\', '/', '-', ' '),
  });
  fc.assert(
    fc.property(noise, (line) => void parseIgnorePattern(line)?.matches(['a', 'b', '-'])),
    { numRuns: 2000 },
  );
});

test('patterns made to explode do not', () => {
  // A backtracking matcher would not come back within the life of this test.
  const hostile = parseIgnorePattern(`${'*a'.repeat(100)}b`);
  expect(hostile?.matches(['a'.repeat(4000)])).toBe(false);
  const deep = parseIgnorePattern(`${'**/a/'.repeat(50)}b`);
  expect(deep?.matches(Array.from({ length: 2000 }, () => 'a'))).toBe(false);
});
