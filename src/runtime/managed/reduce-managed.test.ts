import { describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../../kube/object.ts';
import { usualManagers } from '../../kube/takeover.ts';
import { reduceManaged, type ManagedProfile } from './reduce-managed.ts';

const profile: ManagedProfile<string> = {
  ownerLabels: { name: 'owner/name', namespace: 'owner/namespace' },
  takeover: { manager: 'ours', from: usualManagers('ours') },
  marks: ({ annotations }) => annotations?.['mark'] ?? 'none',
};
const entry = (part: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager: 'ours',
  operation: 'Apply',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { 'f:k': {} } },
  ...part,
});
const object = (metadata: Partial<ObjectMeta>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'team', uid: 'u', resourceVersion: '5', ...metadata },
  data: { secret: 'value' },
});
const reduce = (metadata: Partial<ObjectMeta>) => reduceManaged(object(metadata), profile);

it('keeps what owners need, and nothing of the content', () => {
  const labels = { 'owner/name': 'apps', 'owner/namespace': 'team' };
  const kept = reduce({ labels, annotations: { mark: 'x' }, managedFields: [entry()] });
  expect(kept).toEqual({
    uid: 'u',
    resourceVersion: '5',
    deleting: false,
    readiness: { status: 'Current', message: expect.any(String) as string },
    entry: expect.any(String) as string,
    intruded: false,
    outdated: false,
    owner: { name: 'apps', namespace: 'team' },
    marks: 'x',
  });
  expect(JSON.stringify(kept)).not.toContain('value');
});

it.each([{}, { 'owner/name': 'apps' }, { 'owner/name': '', 'owner/namespace': 'team' }])(
  'labels %o name no owner',
  (labels) => {
    expect(reduce({ labels }).owner).toBeUndefined();
  },
);

describe('our entry', () => {
  const hashOf = (...managedFields: ManagedFieldsEntry[]) => reduce({ managedFields }).entry;

  it('is told apart by fields and by time', () => {
    const hashes = [
      hashOf(entry()),
      hashOf(entry({ time: '2026-01-01T00:00:01Z' })),
      hashOf(entry({ fieldsV1: {} })),
    ];
    expect(new Set(hashes).size).toBe(3);
  });

  it('is the same whatever others write', () => {
    const theirs = entry({ manager: 'theirs', operation: 'Update', fieldsV1: { 'f:x': {} } });
    expect(hashOf(theirs, entry())).toBe(hashOf(entry()));
  });

  it('is none without an apply of ours to the object itself', () => {
    expect(hashOf(entry({ operation: 'Update' }))).toBeUndefined();
    expect(hashOf(entry({ subresource: 'status' }))).toBeUndefined();
  });
});

it.each([
  [entry({ manager: 'kubectl-edit', operation: 'Update' }), true],
  [entry({ manager: 'kubectl', operation: 'Apply' }), true],
  [entry({ manager: 'kubectl', operation: 'Update', subresource: 'scale' }), false],
  [entry({ manager: 'kube-controller-manager', operation: 'Update' }), false],
])('fields of %o are an intrusion: %s', (theirs, expected) => {
  expect(reduce({ managedFields: [entry(), theirs] }).intruded).toBe(expected);
});
