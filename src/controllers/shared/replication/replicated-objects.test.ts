import { describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../../kube/object.ts';
import { managerOf, managerPrefix, prefixOf } from './field-manager.ts';
import { concernedBy, reduceReplica } from './replicated-objects.ts';

const [mine, theirs] = ['TenantResource/oil/a', 'GlobalTenantResource/b'];
const entry = (mark: string, item = 'x', time = '1'): ManagedFieldsEntry => ({
  manager: managerOf(mark, item),
  operation: 'Apply',
  apiVersion: 'v1',
  time,
  fieldsV1: { 'f:data': {} },
});
const replica = (entries: ManagedFieldsEntry[], metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'a',
    uid: 'u',
    labels: { 'projectcapsule.dev/created-by': 'replications' },
    annotations: { 'tenantry.dev/replication': mine },
    managedFields: entries,
    ...metadata,
  },
});
const state = (...args: Parameters<typeof replica>) => reduceReplica(replica(...args));

describe('the manager of an item', () => {
  it('fits, is Capsule’s by its beginning, and tells replications and items apart', () => {
    const names = [mine, theirs].flatMap((mark) => ['x', 'y'].map((item) => managerOf(mark, item)));
    expect(new Set(names).size).toBe(4);
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(128);
      expect(name).toMatch(/^projectcapsule\.dev\/resource\//);
    }
    expect(prefixOf(managerOf(mine, 'x'))).toBe(managerPrefix(mine));
    expect(prefixOf('projectcapsule.dev/resource/controller')).toBeUndefined();
    expect(prefixOf('kubectl')).toBeUndefined();
  });
});

describe('of a change, are woken', () => {
  const before = state([entry(mine), entry(theirs)]);
  const both = new Set([managerPrefix(mine), managerPrefix(theirs)]);
  const after = (...args: Parameters<typeof replica>) => ({
    id: 'a',
    before,
    after: state(...args),
  });

  it('all who wrote it, when it is deleted or made anew', () => {
    expect(concernedBy({ id: 'a', before })).toEqual(both);
    expect(concernedBy(after([entry(mine), entry(theirs)], { uid: 'u2' }))).toEqual(both);
  });

  it('those whose fields somebody took', () => {
    const changed = after([entry(mine, 'x', '2'), entry(theirs)]);
    expect(concernedBy(changed)).toEqual(new Set([managerPrefix(mine)]));
    expect(concernedBy(after([entry(mine)]))).toEqual(new Set([managerPrefix(theirs)]));
  });

  it('all, when the mark was taken away', () => {
    expect(concernedBy(after([entry(mine), entry(theirs)], { annotations: {} }))).toEqual(both);
  });

  it('nobody, by what others write, or by ourselves', () => {
    const foreign = { ...entry(mine), manager: 'kubectl', operation: 'Update' as const };
    expect(concernedBy(after([entry(mine), entry(theirs), foreign]))).toEqual(new Set());
    expect(concernedBy({ id: 'a', before, own: true })).toEqual(new Set());
    expect(concernedBy({ id: 'a', after: before })).toEqual(new Set());
  });
});
