import { expect, it } from 'vitest';
import { parseLabelExpression } from './label-expression.ts';

const labels = { app: 'web', 'example.com/tier': 'front', size: '3', empty: '' };

it.each([
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=db', false],
  ['app!=db', true],
  ['absent!=db', true],
  ['app!=web', false],
  ['absent=', false],
  ['empty=', true],
  ['app', true],
  ['absent', false],
  ['!app', false],
  ['!absent', true],
  ['example.com/tier=front', true],
  ['app in (web, db)', true],
  ['app in (db)', false],
  ['absent in ()', false],
  ['app notin (db)', true],
  ['absent notin (db)', true],
  ['app notin (web)', false],
  ['size>2', true],
  ['size<2', false],
  ['app>2', false],
  ['app=web,size>2,!absent', true],
  ['app=web,size>3', false],
  ['toString', false],
])('%s: %s', (text, selects) => {
  expect(parseLabelExpression(text)?.(labels)).toBe(selects);
});

it.each([
  'a b',
  'app=web,',
  ',app',
  '=web',
  'app in web',
  'app~web',
  'size>big',
  'app=a/b',
  'a'.repeat(3_000),
])('%s is no selector', (text) => {
  expect(parseLabelExpression(text)).toBeUndefined();
});
