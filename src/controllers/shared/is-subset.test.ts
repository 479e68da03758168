import { expect, test } from 'vitest';
import { isSubset } from './is-subset.ts';

test.each([
  [{ a: 1 }, { a: 1, b: 2 }, true],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: { b: 'x' } }, { a: { b: 'x', c: 'added by default' } }, true],
  [{ a: { b: 'x' } }, { a: 'x' }, false],
  [{ a: 'x' }, { a: { b: 'x' } }, false],
  [[{ a: 1 }], [{ a: 1, b: 2 }], true],
  [[{ a: 1 }], [{ a: 1 }, { a: 2 }], false],
  [[], {}, false],
  [{ a: [] }, {}, true],
  [{ a: [] }, { a: null }, false],
  [{ a: [] }, { a: [1] }, false],
  [{ a: [1] }, {}, false],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  ['1', 1, false],
  [{}, null, false],
])('%o within %o: %s', (wanted, live, expected) => {
  expect(isSubset(wanted, live)).toBe(expected);
});
