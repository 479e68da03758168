import { expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../kube/object.ts';
import { readMarks } from '../apply/marks.ts';
import type { LiveState } from '../apply/plan.ts';
import { decidePrune, isWrittenByUs, type Proof, type PruneDecision } from './decide-prune.ts';

const me = { namespace: 'apps', name: 'web' };
const other = { namespace: 'apps', name: 'other' };
const ours: LiveState = {
  uid: 'u1',
  resourceVersion: '7',
  deleting: false,
  readiness: { status: 'Current', message: '' },
  entry: 'e1',
  outdated: false,
  intruded: false,
  owner: me,
  marks: readMarks({}),
};
const seen = (part: Partial<LiveState> = {}) =>
  ({ known: 'live', live: { ...ours, ...part }, read: false }) as const;
const read = (part: Partial<LiveState> = {}) => ({ ...seen(part), read: true });
const disabled = { ...ours.marks, prune: false };
const proof: Proof = { me, uid: 'u1', isWrittenByUs: false };
const deletion = { do: 'delete', uid: 'u1', resourceVersion: '7' } as const;
const kept = (why: string) => ({ do: 'keep', why });

it.each([
  ['nobody looked at is looked at', { known: 'nothing' }, {}, { do: 'look' }],
  ['that is gone needs nothing', { known: 'absent' }, {}, { do: 'gone' }],
  ['on its way out needs nothing', seen({ deleting: true }), {}, { do: 'gone' }],
  ['of ours is deleted in that version', seen(), {}, deletion],
  ['of another is looked at before it is told of', seen({ owner: other }), {}, { do: 'look' }],
  ['of another is kept', read({ owner: other }), {}, kept('not owned')],
  ['of nobody is kept', read({ owner: undefined }), {}, kept('not owned')],
  [
    'of a namesake elsewhere is kept',
    read({ owner: { ...me, namespace: 'evil' } }),
    {},
    kept('not owned'),
  ],
  ['marked is kept', seen({ marks: disabled }), {}, kept('disabled')],
  ['with another uid is looked at', seen(), { uid: 'u0' }, { do: 'look' }],
  ['whose uid nobody wrote down is looked at', seen(), { uid: undefined }, { do: 'look' }],
  ['with another uid is kept', read(), { uid: 'u0' }, kept('made anew')],
  ['whose uid nobody wrote down is kept', read(), { uid: undefined }, kept('made anew')],
  ['made anew by us is deleted', read(), { uid: 'u0', isWrittenByUs: true }, deletion],
  [
    'of another that we wrote to is kept',
    read({ owner: other }),
    { isWrittenByUs: true },
    kept('not owned'),
  ],
] as const)('an object that left the build, %s', (_, view, part, expected) => {
  expect<PruneDecision | object>(decidePrune(view, { ...proof, ...part })).toEqual(expected);
});

const made = '2026-01-02T03:04:05Z';
const applied: ManagedFieldsEntry = {
  manager: 'kustomize-controller',
  operation: 'Apply',
  time: made,
};
it.each([
  ['made by our apply', applied, true],
  ['applied later', { ...applied, time: '2026-01-02T03:04:06Z' }, true],
  ['with an entry from before it was made', { ...applied, time: '2026-01-02T03:04:04Z' }, false],
  ['with an entry without a time', { manager: 'kustomize-controller', operation: 'Apply' }, false],
  ['of another manager', { ...applied, manager: 'kubectl' }, false],
  ['updated', { ...applied, operation: 'Update' }, false],
  ['whose status we applied', { ...applied, subresource: 'status' }, false],
] as [string, ManagedFieldsEntry, boolean][])('an object %s', (_, entry, expected) => {
  const metadata = { name: 'x', creationTimestamp: made, managedFields: [entry] };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  expect(isWrittenByUs(object)).toBe(expected);
});
