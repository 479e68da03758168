import { expect, it } from 'vitest';
import { arrayIndex, parseJsonPointer, pointerToken } from './json-pointer.ts';

it.each([
  ['', []],
  ['/spec/replicas', ['spec', 'replicas']],
  ['/metadata/annotations/a.b~1c', ['metadata', 'annotations', 'a.b/c']],
  ['/a~0b', ['a~b']],
  ['/a~01', ['a~1']],
  ['/', ['']],
  ['/a//b', ['a', '', 'b']],
])('%s', (text, tokens) => {
  expect(parseJsonPointer(text)).toEqual(tokens);
});

it.each(['spec/replicas', '/a~2', '/a~', `/${'a'.repeat(1_000)}`, '/a'.repeat(65)])(
  '%s is no pointer',
  (text) => {
    expect(parseJsonPointer(text)).toBeUndefined();
  },
);

it.each(['a/b', 'a~b', '~1', '/~0'])('%s is escaped and back', (name) => {
  expect(parseJsonPointer(`/${pointerToken(name)}`)).toEqual([name]);
});

it.each([
  ['0', 0],
  ['12', 12],
  ['01', undefined],
  ['-', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['', undefined],
])('the index %s', (token, index) => {
  expect(arrayIndex(token)).toBe(index);
});
