import { describe, expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from './object.ts';
import { managerEntryHash, managersOf } from './managed-fields.ts';
import { takeoverPatch, usualManagers } from './takeover.ts';

const entry = (
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: object,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsV1 as never,
  ...more,
});
const data = (...keys: string[]) => ({
  'f:data': Object.fromEntries(['.', ...keys.map((key) => `f:${key}`)].map((key) => [key, {}])),
});
const object = (entries: ManagedFieldsEntry[], more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', resourceVersion: '7', managedFields: entries, ...more },
});
const me = 'kustomize-controller';
const take = (live: KubeObject, more: Partial<Parameters<typeof takeoverPatch>[1]> = {}) =>
  takeoverPatch(live, { manager: me, from: usualManagers(me), ...more });

describe('takeoverPatch', () => {
  test('is nothing when there is nothing to take', () => {
    expect(take(object([]))).toBeUndefined();
    expect(
      take(object([entry(me, 'Apply', data('a')), entry('helm', 'Update', data('b'))])),
    ).toBeUndefined();
    expect(take({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } })).toBeUndefined();
  });

  test.each([
    ['kubectl-client-side-apply', 'Update'],
    ['kubectl-edit', 'Update'],
    ['kubectl', 'Apply'],
    ['before-first-apply', 'Update'],
    [me, 'Update'],
  ] as const)('merges the fields of %s (%s) into our own entry', (manager, operation) => {
    const own = entry(me, 'Apply', data('a'));
    const foreign = entry('helm', 'Update', data('z'));
    const live = object([entry(manager, operation, data('b')), foreign, own]);
    expect(take(live)).toEqual({
      type: 'json',
      body: [
        {
          op: 'replace',
          path: '/metadata/managedFields',
          value: [{ ...own, fieldsV1: data('a', 'b') }, foreign],
        },
        { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
      ],
    });
  });

  test('makes us an entry when we have none yet', () => {
    const live = object([entry('kubectl-create', 'Update', data('b'), { apiVersion: 'apps/v1' })]);
    const patch = take(live);
    expect(patch?.body).toMatchObject([
      { value: [{ manager: me, operation: 'Apply', apiVersion: 'apps/v1', fieldsV1: data('b') }] },
      {},
    ]);
  });

  test('leaves entries of subresources and of exceptions alone', () => {
    const status = entry('kubectl', 'Update', { 'f:status': {} }, { subresource: 'status' });
    const kept = entry('kubectl-keep', 'Update', data('k'));
    expect(take(object([status, kept]), { except: ['kubectl-keep'] })).toBeUndefined();
    const body = take(object([status, kept, entry('kubectl', 'Update', data('b'))]), {
      except: ['kubectl-keep'],
    })?.body;
    expect(body).toMatchObject([{ value: [{ manager: me }, status, kept] }, {}]);
  });

  test('removes what it is told to, by JSON pointer, and only what is there', () => {
    const live = object([], {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', keep: 'x' },
      labels: { 'a~b/c': '1' },
    });
    const patch = take(live, {
      annotations: ['kubectl.kubernetes.io/last-applied-configuration', 'absent'],
      labels: ['a~b/c', 'toString'],
    });
    expect(patch?.body).toEqual([
      {
        op: 'remove',
        path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
      },
      { op: 'remove', path: '/metadata/labels/a~0b~1c' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    ]);
  });

  test('a field named __proto__ is a field', () => {
    const hostile = JSON.parse('{"f:data":{"__proto__":{"f:polluted":{}}}}') as object;
    const patch = take(
      object([entry(me, 'Apply', data('a')), entry('kubectl', 'Update', hostile)]),
    );
    expect(JSON.stringify(patch)).toContain('"__proto__":{"f:polluted":{}}');
    expect('f:polluted' in {}).toBe(false);
  });
});

describe('managerEntryHash', () => {
  const own = entry(me, 'Apply', data('a', 'b'));
  const hash = (...entries: ManagedFieldsEntry[]) => managerEntryHash(object(entries), me);

  test('is undefined without an entry of ours by apply', () => {
    expect(hash()).toBeUndefined();
    expect(hash(entry('other', 'Apply', data('a')))).toBeUndefined();
    expect(hash(entry(me, 'Update', data('a')))).toBeUndefined();
    expect(hash(entry(me, 'Apply', data('a'), { subresource: 'status' }))).toBeUndefined();
  });

  test('stays the same whatever others do and however keys are ordered', () => {
    const reordered = { ...own, fieldsV1: { 'f:data': { 'f:b': {}, 'f:a': {}, '.': {} } } };
    expect(hash(reordered)).toBe(hash(own));
    expect(hash(entry('other', 'Update', data('c')), own)).toBe(hash(own));
  });

  test.each<[string, Partial<ManagedFieldsEntry>]>([
    ['a field that was taken from us', { fieldsV1: data('a') }],
    ['a field that was added in our name', { fieldsV1: data('a', 'b', 'c') }],
    ['a write in our name', { time: '2026-01-01T00:00:01Z' }],
    ['another version', { apiVersion: 'v2' }],
  ])('changes with %s', (_what, change) => {
    expect(hash({ ...own, ...change })).not.toBe(hash(own));
  });

  test('covers all our entries, in any order', () => {
    const second = entry(me, 'Apply', data('c'), { apiVersion: 'v2' });
    expect(hash(own, second)).toBe(hash(second, own));
    expect(hash(own, second)).not.toBe(hash(own));
  });
});

test('managersOf names who owns a field or anything below it', () => {
  const live = object([
    entry('one', 'Apply', { 'f:spec': { 'f:replicas': {}, 'f:template': {} } }),
    entry('two', 'Update', { 'f:spec': { 'f:replicas': {} } }),
    entry('two', 'Apply', { 'f:spec': { 'f:replicas': {} } }),
    entry('three', 'Update', { 'f:status': {} }),
  ]);
  expect(managersOf(live, ['spec', 'replicas'])).toEqual(['one', 'two']);
  expect(managersOf(live, ['spec', 'template'])).toEqual(['one']);
  expect(managersOf(live, ['spec', 'paused'])).toEqual([]);
  expect(managersOf(live, ['toString'])).toEqual([]);
});

describe('migration to the version of the object', () => {
  const stale = entry('other', 'Update', data('b'), {
    apiVersion: 'v1beta1',
    subresource: 'status',
  });
  const own = entry(me, 'Apply', data('a'), { apiVersion: 'v1beta1' });

  test('rewrites every entry, whoever owns it and of whatever subresource', () => {
    const value = [own, stale].map((one) => ({ ...one, apiVersion: 'v1' }));
    expect(take(object([own, stale]), { migrate: true })?.body).toContainEqual({
      op: 'replace',
      path: '/metadata/managedFields',
      value,
    });
    expect(take(object([own, stale]))).toBeUndefined();
  });

  test('goes together with a takeover', () => {
    const kubectl = entry('kubectl-edit', 'Update', data('c'), { apiVersion: 'v1beta1' });
    expect(take(object([kubectl, stale, own]), { migrate: true })?.body).toContainEqual({
      op: 'replace',
      path: '/metadata/managedFields',
      value: [
        { ...own, apiVersion: 'v1', fieldsV1: data('a', 'c') },
        { ...stale, apiVersion: 'v1' },
      ],
    });
  });

  test('is nothing when all entries have it', () => {
    expect(take(object([entry(me, 'Apply', data('a'))]), { migrate: true })).toBeUndefined();
  });
});
