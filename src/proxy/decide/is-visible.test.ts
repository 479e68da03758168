import { expect, test } from 'vitest';
import { anyVisible, isVisible } from './is-visible.ts';

const node = { name: 'gold', labels: { pool: 'a' } };

test.each([
  [{}, false],
  [{ everything: true } as const, true],
  [{ names: ['gold'] }, true],
  [{ names: ['golden'] }, false],
  [{ patterns: ['^go'] }, true],
  [{ patterns: ['^old'] }, false],
  // One that cannot be read finds nothing.
  [{ patterns: ['('] }, false],
  [{ anyOf: [{ matchLabels: { pool: 'b' } }, { matchLabels: { pool: 'a' } }] }, true],
  [{ anyOf: [{ matchLabels: { pool: 'b' } }] }, false],
  [{ namespaces: ['gold'] }, false],
])('%j shows the node: %s', (visible, expected) => {
  expect(isVisible(visible, node)).toBe(expected);
});

test('an object is seen by its namespace, not by one whose name begins so', () => {
  const inNamespace = (namespace: string) => ({ name: 'a', namespace });
  expect(isVisible({ namespaces: ['oil'] }, inNamespace('oil'))).toBe(true);
  expect(isVisible({ namespaces: ['oil'] }, inNamespace('oil-2'))).toBe(false);
});

test('what is seen for several reasons is seen for each', () => {
  expect(anyVisible([])).toEqual({});
  expect(
    anyVisible([{ names: ['b'] }, { names: ['a', 'b'], anyOf: [{ matchLabels: { a: 'b' } }] }, {}]),
  ).toEqual({ names: ['a', 'b'], anyOf: [{ matchLabels: { a: 'b' } }] });
  expect(anyVisible([{ names: ['b'] }, { everything: true }])).toMatchObject({ everything: true });
});
