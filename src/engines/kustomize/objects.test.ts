import { describe, expect, test } from 'vitest';
import {
  describeObject,
  freezeObject,
  selectObjects,
  toRenderedObject,
  withCommonMetadata,
} from './objects.ts';
import type { RenderedObject } from './render-spec.ts';

const object = (name: string, more: Record<string, unknown> = {}): RenderedObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
const list = (...items: unknown[]) => object('list', { kind: 'ConfigMapList', items });

describe('an object', () => {
  test.each([
    null,
    [],
    'text',
    {},
    { ...object('a'), apiVersion: '' },
    { ...object('a'), kind: 7 },
    { ...object('a'), metadata: null },
    { ...object('a'), metadata: {} },
    { ...object('a'), metadata: { name: 1 } },
    { ...object('a'), metadata: { name: 'a', namespace: 1 } },
  ])('is not %j', (value) => {
    expect(() => toRenderedObject(value, 'a.yaml')).toThrow(
      expect.objectContaining({
        code: 'build-failed',
        message: expect.stringMatching(/^a\.yaml: /) as string,
      }),
    );
  });

  test('is described by kind, namespace and name', () => {
    expect(describeObject(object('a'))).toBe('ConfigMap/a');
    expect(describeObject(object('a', { metadata: { name: 'a', namespace: 'b' } }))).toBe(
      'ConfigMap/b/a',
    );
  });

  test('is frozen all the way down', () => {
    const frozen = freezeObject(object('a', { data: { list: [{ deep: true }] } }));
    expect(() => Object.assign(frozen.metadata, { name: 'b' })).toThrow(TypeError);
    expect(() => (frozen['data'] as { list: unknown[] }).list.push(1)).toThrow(TypeError);
  });

  test('that nests too deep is refused', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 2000; i += 1) deep = [deep];
    expect(() => freezeObject(object('a', { deep }))).toThrow(/ConfigMap\/a nests too deep/);
  });
});

describe('selecting', () => {
  test('takes the items out of lists, also of lists in lists', () => {
    const selected = selectObjects([list(object('a'), list(object('b'))), object('c')]);
    expect(selected.map(({ metadata }) => metadata.name).sort()).toEqual(['a', 'b', 'c']);
  });

  test('leaves an object alone that has items and is no list', () => {
    const menu = object('a', { kind: 'Menu', items: ['x'] });
    expect(selectObjects([menu])).toEqual([menu]);
  });

  test('leaves out configuration of kustomize', () => {
    const file = object('a', { apiVersion: 'kustomize.config.k8s.io/v1beta1' });
    expect(selectObjects([file])).toEqual([]);
  });

  test('refuses an object that is there twice', () => {
    expect(() => selectObjects([object('a'), list(object('a'))])).toThrow(
      /ConfigMap\/a is there more than once/,
    );
    expect(selectObjects([object('a'), object('a', { kind: 'Secret' })])).toHaveLength(2);
  });

  test('refuses an item that is no object', () => {
    expect(() => selectObjects([list({ kind: 'ConfigMap' })])).toThrow(/ConfigMapList/);
  });

  test.each([
    ['a mark that YAML takes for a truth', { metadata: { name: 'a', annotations: { k: false } } }],
    ['a label that YAML takes for a number', { metadata: { name: 'a', labels: { k: 12 } } }],
    ['labels that are a list', { metadata: { name: 'a', labels: ['k'] } }],
    ['annotations that are a text', { metadata: { name: 'a', annotations: 'k: v' } }],
    ['a password that YAML takes for a number', { kind: 'Secret', stringData: { k: 12 } }],
    ['one that was beyond 2^53', { kind: 'Secret', stringData: { k: 9007199254740993n } }],
    ['a map for a password', { kind: 'Secret', stringData: { k: { a: 'b' } } }],
    ['a list for passwords', { kind: 'Secret', stringData: ['k'] }],
  ])('refuses %s, and quotes nothing of it', (_, more) => {
    const faulty = object('a', more);
    expect(() => selectObjects([list(faulty)])).toThrow(
      expect.objectContaining({
        code: 'build-failed',
        message: expect.stringMatching(/^(Secret|ConfigMap)\/a: .*text/) as string,
      }),
    );
    expect(() => selectObjects([faulty])).not.toThrow(/12|9007/);
  });

  test('takes nothing for an empty text, and other kinds as they are', () => {
    const nothing = object('a', {
      kind: 'Secret',
      stringData: { k: null },
      metadata: { name: 'a', labels: null },
    });
    const other = object('b', { stringData: { k: 12 } });
    expect(selectObjects([nothing, other])).toEqual([nothing, other]);
  });

  test('ends with lists of any size', () => {
    const many = list(...Array.from({ length: 100_001 }, (_, i) => object(`a${i}`)));
    expect(() => selectObjects([many])).toThrow(
      expect.objectContaining({ code: 'result-too-large' }),
    );
  });
});

describe('common metadata', () => {
  test('wins over that of the object, and leaves the object as it was', () => {
    const before = object('a', { metadata: { name: 'a', labels: { x: '1', y: '1' } } });
    const after = withCommonMetadata(freezeObject(before), {
      labels: { x: '2' },
      annotations: { z: '3' },
    });
    expect(after.metadata).toEqual({
      name: 'a',
      labels: { x: '2', y: '1' },
      annotations: { z: '3' },
    });
    expect(before.metadata.labels).toEqual({ x: '1', y: '1' });
  });

  test('that is empty adds nothing', () => {
    expect(withCommonMetadata(object('a'), { labels: {} })).toEqual(object('a'));
  });

  test('sets no prototype', () => {
    const labels = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const { metadata } = withCommonMetadata(object('a'), { labels });
    expect(Object.hasOwn(metadata.labels ?? {}, '__proto__')).toBe(true);
  });
});
