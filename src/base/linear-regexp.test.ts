import { expect, it } from 'vitest';
import { linearRegExp } from './linear-regexp.ts';

it.each([
  ['Deployment', 'Deployment', true],
  ['Deployment', 'Deployments', false],
  ['Deploy.*|StatefulSet', 'StatefulSet', true],
  ['Deploy.*|StatefulSet', 'MyStatefulSet', false],
  ['web-[0-9]+', 'web-12', true],
  ['web-[0-9]+', 'web-', false],
  ['', '', true],
  ['^web$', 'web', true],
])('%s of %s: %s', (pattern, text, matches) => {
  expect(linearRegExp(pattern)?.test(text)).toBe(matches);
});

it.each([
  ['no pattern', '['],
  ['one that would leave the anchors', 'a)|(?:b'],
  ['one that looks ahead', '(?=a)a'],
  ['one that looks back', '(a)\\1'],
  ['one that is repeated too often', '(?:a{1000}){1000}'],
  ['one that is too long', 'a'.repeat(501)],
])('%s is refused', (_, pattern) => {
  expect(linearRegExp(pattern)).toBeUndefined();
});

it.each([
  ['Deployment|StatefulSet', 0],
  ['web.*', 5],
  ['[a-z]{3}', 128],
])('what a match costs is known before: %s', (pattern, cost) => {
  expect(linearRegExp(pattern)?.cost).toBe(cost);
});

it('what makes others explode is matched', () => {
  expect(linearRegExp('(?:(?:a*)*)*b')?.test('a'.repeat(100_000))).toBe(false);
});
