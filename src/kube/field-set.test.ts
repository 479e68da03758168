import { describe, expect, test } from 'vitest';
import { fieldsOf, hasField, hasValue } from './field-set.ts';

const set = {
  'f:metadata': {
    'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {} },
    'f:finalizers': { 'v:"x"': {} },
  },
  'f:spec': {
    'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {} } },
    'f:size': {},
  },
};
const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'a' }, finalizers: ['x'] },
  spec: {
    ports: [
      { port: 443, protocol: 'TCP' },
      { port: 80, protocol: 'TCP', name: 'web' },
    ],
  },
};

describe('a set of fields', () => {
  test('is told by paths, of values in lists only that they are there', () => {
    expect(fieldsOf(set, 10).map(({ path }) => path)).toEqual([
      '.metadata.labels["app.kubernetes.io/name"]',
      '.metadata.finalizers[]',
      '.spec.ports[port=80,protocol=TCP].name',
      '.spec.size',
    ]);
  });

  test('is not followed for ever', () => {
    expect(fieldsOf(set, 2)).toHaveLength(2);
    let deep: object = {};
    for (let depth = 0; depth < 1_000; depth++) deep = { 'f:a': deep };
    expect(fieldsOf(deep, 10)).toEqual([]);
  });

  test('is found in an object, list items by their keys', () => {
    expect(fieldsOf(set, 10).map(({ keys }) => hasValue(object, keys))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(hasValue({ spec: null }, ['f:spec', 'f:size'])).toBe(false);
    expect(hasValue({}, ['f:toString'])).toBe(false);
  });

  test('has the fields it names', () => {
    expect(hasField(set, ['f:spec', 'f:size'])).toBe(true);
    expect(hasField(set, ['f:spec', 'f:other'])).toBe(false);
    expect(hasField(undefined, ['f:spec'])).toBe(false);
  });

  test.each([null, 'text', [], { 'k:not json': {} }, { 'v:': {} }])(
    'of any form harms nobody: %j',
    (odd) => {
      expect(() =>
        fieldsOf({ 'f:a': odd }, 10).map(({ keys }) => hasValue({ a: [1] }, keys)),
      ).not.toThrow();
    },
  );
});
