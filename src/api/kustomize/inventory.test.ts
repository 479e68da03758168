import { describe, expect, it } from 'vitest';
import {
  formatEntry,
  parseEntry,
  parseInventory,
  refId,
  refOf,
  union,
  without,
} from './inventory.ts';
import type { ObjectRef } from './inventory.ts';

const ref = (part: Partial<ObjectRef>): ObjectRef => ({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  namespace: 'apps',
  name: 'x',
  ...part,
});

describe('an inventory id', () => {
  const vectors: [ObjectRef, string][] = [
    [ref({ group: 'apps', kind: 'Deployment' }), 'apps_x_apps_Deployment'],
    [ref({ kind: 'Service', namespace: 'default', name: 'podinfo' }), 'default_podinfo__Service'],
    [ref({ kind: 'Namespace', namespace: '', name: 'y' }), '_y__Namespace'],
    [
      ref({
        group: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        namespace: '',
        name: 'system:foo',
      }),
      '_system__foo_rbac.authorization.k8s.io_ClusterRole',
    ],
  ];

  it.each(vectors)('of %o is %s', (object, id) => {
    expect(formatEntry(object)).toEqual({ id, v: object.version });
    expect(parseEntry({ id, v: object.version })).toEqual(object);
  });

  it('keeps single underscores of role names', () => {
    const role = ref({ group: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a_b:c' });
    expect(parseEntry(formatEntry(role))).toEqual(role);
  });

  it.each(['', 'x', 'a_b', '_a__', '___', 'a_b_c'])('is not %j', (id) => {
    expect(parseEntry({ id, v: 'v1' })).toBeUndefined();
  });

  it('without a version is left out', () => {
    expect(parseInventory([{ id: 'apps_x__ConfigMap', v: '' }])).toEqual([]);
    expect(parseInventory(undefined)).toEqual([]);
  });
});

describe('sets of objects', () => {
  const [a, b, c] = [ref({ name: 'a' }), ref({ name: 'b' }), ref({ name: 'c' })];

  it('unite, the first list deciding the version', () => {
    const newer = { ...b, version: 'v2' };
    expect(union([a, newer], [b, c])).toEqual([a, newer, c]);
  });

  it('subtract by identity, whatever the version', () => {
    expect(without([a, b], [{ ...b, version: 'v2' }, c])).toEqual([a]);
  });

  it('tell apart names that a joined id would confuse', () => {
    const one = ref({ namespace: 'a', name: 'b_c' });
    const two = ref({ namespace: 'a_b', name: 'c' });
    expect(formatEntry(one).id).toBe(formatEntry(two).id);
    expect(refId(one)).not.toBe(refId(two));
  });
});

it('reads a reference from an object', () => {
  const meta = { name: 'web', namespace: 'apps' };
  expect(refOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta })).toEqual(
    ref({ group: 'apps', kind: 'Deployment', name: 'web' }),
  );
  expect(refOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'y' } })).toEqual(
    ref({ kind: 'Namespace', namespace: '', name: 'y' }),
  );
});
