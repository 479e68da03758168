import { describe, expect, test } from 'vitest';
import type { KubeObject, ObjectMeta } from '../kube/object.ts';
import { isSettled, pendingRequest, triggerOf } from './triggers.ts';

function object(metadata: Partial<ObjectMeta> = {}, status?: object): KubeObject {
  return {
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name: 'x', uid: 'u1', generation: 1, ...metadata },
    ...(status && { status }),
  };
}
const asks = (value: string) => ({ annotations: { 'reconcile.fluxcd.io/requestedAt': value } });

describe('why an object runs', () => {
  test.each([
    ['it is seen', undefined, object(), 'seen'],
    ['it is made anew', object(), object({ uid: 'u2' }), 'seen'],
    ['it is gone', object(), undefined, 'gone'],
    ['its spec changed', object(), object({ generation: 2 }), 'generation'],
    ['it is deleted', object(), object({ generation: 2, deletionTimestamp: 't' }), 'deletion'],
    ['somebody asks', object(), object(asks('1')), 'requested'],
    ['somebody asks again', object(asks('1')), object(asks('2')), 'requested'],
  ])('%s', (_, before, after, trigger) => {
    expect(triggerOf({ ...(before && { before }), ...(after && { after }) })).toBe(trigger);
  });

  test.each([
    ['the same request', object(asks('1')), object({ ...asks('1'), labels: { a: 'b' } })],
    ['a withdrawn request', object(asks('1')), object()],
    ['its status', object(), object({ resourceVersion: '2' }, { observedGeneration: 1 })],
    ['its labels and annotations', object(), object({ labels: {}, annotations: { a: 'b' } })],
    ['its finalizers', object(), object({ finalizers: ['x'] })],
  ])('not because of %s', (_, before, after) => {
    expect(triggerOf({ before, after })).toBeUndefined();
  });
});

test('a request is pending until the status repeats it', () => {
  expect(pendingRequest(object())).toBeUndefined();
  expect(pendingRequest(object(asks('1')))).toBe('1');
  expect(pendingRequest(object(asks('2'), { lastHandledReconcileAt: '1' }))).toBe('2');
  expect(pendingRequest(object(asks('1'), { lastHandledReconcileAt: '1' }))).toBeUndefined();
});

test('settled is what nobody waits for', () => {
  expect(isSettled(object({}, { observedGeneration: 1 }))).toBe(true);
  expect(isSettled(object())).toBe(false);
  expect(isSettled(object({ generation: 2 }, { observedGeneration: 1 }))).toBe(false);
  expect(isSettled(object(asks('1'), { observedGeneration: 1 }))).toBe(false);
  expect(isSettled(object({ deletionTimestamp: 't' }, { observedGeneration: 1 }))).toBe(false);
});
