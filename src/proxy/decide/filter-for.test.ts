import { expect, test } from 'vitest';
import { filterFor } from './filter-for.ts';

const inPool = (...pools: string[]) => ({
  matchExpressions: [{ key: 'pool', operator: 'In', values: pools }],
});

test.each([
  ['nothing', {}, 'dontexistsignoreme'],
  ['everything', { everything: true, names: ['a'] } as const, '!dontexistsignoreme'],
  ['one selector', { anyOf: [{ matchLabels: { a: 'b', c: 'd' } }] }, 'a in (b),c in (d)'],
  [
    'values of one label',
    { anyOf: [{ matchLabels: { pool: 'b' } }, inPool('a', 'b')] },
    'pool in (a,b)',
  ],
  [
    'the same twice',
    { anyOf: [{ matchLabels: { a: 'b', c: 'd' } }, { matchLabels: { a: 'b', c: 'd' } }] },
    'a in (b),c in (d)',
  ],
])('%s is one label selector', (_what, visible, requirement) => {
  expect(filterFor(visible)).toEqual({ kind: 'filter', requirement });
});

test.each([
  ['selectors of different labels', { anyOf: [inPool('a'), { matchLabels: { zone: 'z' } }] }],
  [
    'a selector with two parts, and another',
    { anyOf: [inPool('a'), { matchLabels: { pool: 'b', zone: 'z' } }] },
  ],
  ['names of what has no label for them', { names: ['a'] }],
  ['patterns', { patterns: ['^a'] }],
])('%s are looked for item by item', (_what, keep) => {
  expect(filterFor(keep)).toEqual({ kind: 'filter', requirement: '!dontexistsignoreme', keep });
});

test('names are a selector where objects carry their name', () => {
  const requirement = 'kubernetes.io/metadata.name in (a,b)';
  expect(filterFor({ names: ['b', 'a'] }, { areNamed: true })).toEqual({
    kind: 'filter',
    requirement,
  });
});

test('who may not heed selectors is not trusted with one', () => {
  const keep = { anyOf: [inPool('a')] };
  expect(filterFor(keep, { isUnsure: true })).toEqual({
    kind: 'filter',
    requirement: 'pool in (a)',
    keep,
  });
});

test('what cannot be written as a selector selects nothing, beside what can', () => {
  const keep = { anyOf: [{ matchLabels: { a: 'b) ,c' } }, inPool('a')] };
  expect(filterFor({ anyOf: [keep.anyOf[0] ?? {}] })).toEqual({
    kind: 'filter',
    requirement: 'dontexistsignoreme',
  });
  expect(filterFor(keep)).toMatchObject({ keep });
});
