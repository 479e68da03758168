import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRecord } from '../../../base/json.ts';
import type { Item } from './item.ts';
import { mergeItems, mergeJson } from './merge.ts';

const type = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const item = (id: string, origin: string, data: object): Item => ({
  id,
  type,
  origin,
  tenant: 'oil',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, data },
});

it('merges what is written for one object, the later over the earlier, all over a copy', () => {
  const merged = mergeItems([
    { item: item('a', 'raw', { x: '1', y: '1' }), isCopy: false },
    { item: item('a', 'copy', { x: '0', z: '0' }), isCopy: true },
    { item: item('a', 'other copy', { w: '0' }), isCopy: true },
    { item: item('b', 'raw', {}), isCopy: false },
    { item: item('a', 'generator', { y: '2' }), isCopy: false },
  ]);
  expect(merged.map(({ id, origin, object }) => [id, origin, object['data']])).toEqual([
    ['a', 'copy', { x: '1', y: '2', z: '0' }],
    ['b', 'raw', {}],
  ]);
});

const json = fc.jsonValue({ maxDepth: 4 });

it('what is laid over wins, and nothing else is lost', () => {
  fc.assert(
    fc.property(json, json, (under, over) => {
      const merged = mergeJson(under, over);
      expect(mergeJson(merged, over)).toEqual(merged);
      if (!isRecord(under) || !isRecord(over)) {
        expect(merged).toEqual(over);
        return;
      }
      for (const key of Object.keys(under)) expect(merged).toHaveProperty([key]);
    }),
  );
});

it('a key of JavaScript’s own is a key like any other', () => {
  const merged = mergeJson(
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"__proto__":{"b":2}}'),
  );
  expect(Object.keys(merged as object)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['b']).toBeUndefined();
});
