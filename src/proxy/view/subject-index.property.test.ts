import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Subject } from '../../api/capsule/owner.ts';
import { indexSubjects } from './subject-index.ts';

/** Parts of names that could run together: separators of keys, of accounts, and of JSON. */
const part = fc.constantFrom('a', 'b', ':', '/', ' ', '"', ',', '[', '\\', '.');
const name = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
  fc.constantFrom('system:serviceaccount:a:b', 'system:serviceaccount:a:b:c', 'User', 'Group'),
);
const subject: fc.Arbitrary<Subject> = fc.record({
  kind: fc.constantFrom('User', 'Group', 'ServiceAccount'),
  name,
});
const object = fc.record({ namespace: name, name, subjects: fc.array(subject, { maxLength: 3 }) });
const sender = fc.record({ username: name, groups: fc.array(name, { maxLength: 2 }) });

const isAccount = (username: string) => username === 'system:serviceaccount:a:b';
const isNamed = ({ username, groups }: { username: string; groups: string[] }, by: Subject) =>
  by.kind === 'Group'
    ? groups.includes(by.name)
    : by.name === username && (by.kind === 'ServiceAccount') === isAccount(username);

test('somebody is given what names it, and never what names another', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(object, { maxLength: 4, selector: idOf }),
      sender,
      (objects, who) => {
        const index = indexSubjects(
          {
            list: () =>
              objects.map(({ namespace, name }, at) => ({
                apiVersion: 'v1',
                kind: 'Thing',
                metadata: { namespace, name },
                at,
              })),
            onChange: () => () => {},
          },
          (each) => [
            { subjects: objects[each['at'] as number]?.subjects ?? [], given: idOf(each.metadata) },
          ],
        );
        const expected = objects.filter(({ subjects }) =>
          subjects.some((each) => isNamed(who, each)),
        );
        expect([...new Set(index.of(who))].sort()).toEqual(expected.map(idOf).sort());
      },
    ),
  );
});

function idOf(of: { namespace?: string; name: string }): string {
  return JSON.stringify([of.namespace, of.name]);
}
