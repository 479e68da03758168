import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatEntry, parseEntry, refId, union, without } from './inventory.ts';
import type { ObjectRef } from './inventory.ts';

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const subdomain = fc.array(label, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const kind = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,20}$/);
const group = fc.oneof(fc.constant(''), subdomain);
const namespace = fc.oneof(fc.constant(''), label);

const plainRef: fc.Arbitrary<ObjectRef> = fc.record({
  group: group.filter((name) => name !== 'rbac.authorization.k8s.io'),
  version: fc.constantFrom('v1', 'v1beta2', 'v2alpha1'),
  kind,
  namespace,
  name: subdomain,
});

/** Names RBAC allows: any path segment. Underscores next to each other or to a colon are ambiguous upstream. */
const roleName = fc
  .stringMatching(/^[a-zA-Z0-9:._-]{1,30}$/)
  .filter((name) => !/__|_:|:_|:::/.test(name));
const roleRef: fc.Arbitrary<ObjectRef> = fc.record({
  group: fc.constant('rbac.authorization.k8s.io'),
  version: fc.constant('v1'),
  kind: fc.constantFrom('Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'),
  namespace,
  name: roleName,
});
const anyRef = fc.oneof(plainRef, roleRef);
const someRefs = fc.array(anyRef, { maxLength: 12 });

it('an id reads back as the object it was written from', () => {
  fc.assert(
    fc.property(anyRef, (ref) => {
      expect(parseEntry(formatEntry(ref))).toEqual(ref);
    }),
  );
});

it('any text is an id or is refused, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (id, v) => {
      const ref = parseEntry({ id, v });
      if (ref) expect(ref.kind.length * ref.name.length).toBeGreaterThan(0);
    }),
  );
});

it('what leaves and what stays are the whole, and share nothing', () => {
  fc.assert(
    fc.property(someRefs, someRefs, (before, after) => {
      const gone = new Set(without(before, after).map(refId));
      for (const ref of after) expect(gone.has(refId(ref))).toBe(false);
      const both = new Set(union(after, before).map(refId));
      expect(both).toEqual(new Set([...gone, ...after.map(refId)]));
    }),
  );
});

it('uniting twice changes nothing', () => {
  fc.assert(
    fc.property(someRefs, someRefs, (one, two) => {
      const once = union(one, two);
      expect(union(once, two)).toEqual(once);
    }),
  );
});
