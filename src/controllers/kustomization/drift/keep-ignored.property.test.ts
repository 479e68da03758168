import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonValue, KubeObject, ManagedFieldsEntry } from '../../../kube/object.ts';
import { keepIgnored, withoutIgnored } from './keep-ignored.ts';

const names = fc.constantFrom('spec', 'a', 'b', '0', '1', '__proto__', 'toString', '');
const tree = (key: fc.Arbitrary<string>) =>
  fc.letrec<{ node: JsonValue }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<JsonValue>(1, 'x', null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3 }) as fc.Arbitrary<JsonValue>,
    ),
  })).node;
const keys = fc.oneof(
  names.map((name) => `f:${name}`),
  fc.constantFrom('.', 'k:{"a":1}', 'k:{"b":"x"}', 'k:[', 'v:1', 'i:0'),
);
const managedFields = fc.array(
  fc.record({
    manager: fc.constantFrom('us', 'other'),
    operation: fc.constantFrom<ManagedFieldsEntry['operation']>('Apply', 'Update'),
    fieldsV1: tree(keys),
  }),
  { maxLength: 3 },
);
const object = (spec: JsonValue, entries: ManagedFieldsEntry[] = []) => {
  const metadata = { name: 'thing', managedFields: entries };
  return { apiVersion: 'v1', kind: 'Thing', metadata, spec } satisfies KubeObject;
};
const pointer = fc.array(names, { minLength: 1, maxLength: 4 }).map((rest) => ['spec', ...rest]);
const ignored = fc.array(pointer, { maxLength: 3 });
const manager = 'us';

it('whatever is ignored of whatever there is, the rest stays, and nothing is thrown', () => {
  fc.assert(
    fc.property(tree(names), tree(names), managedFields, ignored, (one, other, entries, paths) => {
      const wanted = object(one);
      const before = JSON.stringify(wanted);
      const live = object(other, entries);
      const kept = keepIgnored(wanted, live, { ignored: paths, manager });
      expect(kept.metadata).toEqual(wanted.metadata);
      expect(JSON.stringify(wanted)).toBe(before);
      const seen = withoutIgnored(wanted, live, { ignored: paths });
      expect(seen.metadata.managedFields?.length).toBeLessThanOrEqual(entries.length);
    }),
  );
});

it('what is as in Git is applied as in Git, unless others apply it', () => {
  fc.assert(
    fc.property(tree(names), ignored, (spec, paths) => {
      const entries: ManagedFieldsEntry[] = [{ manager, operation: 'Apply', fieldsV1: {} }];
      const options = { ignored: paths, manager };
      const kept = keepIgnored(object(spec), object(spec, entries), options);
      expect(kept).toEqual(object(spec));
    }),
  );
});
