import { expect, it } from 'vitest';
import type { Item } from './item.ts';
import { processedId } from './item.ts';
import { appliedItem, failedItem, refusedItem, sortItems } from './processed-items.ts';

const type = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', namespace: 'oil-0' },
};
const id = JSON.stringify(['oil', 'apps', 'Deployment', 'oil-0', 'a']);
const item: Item = { id, type, object, origin: '0/raw-0', tenant: 'oil' };
const right = { result: 'right', uid: 'u', isMade: true } as const;

it('says when it was last written, and keeps that while it is not', () => {
  const first = appliedItem(item, undefined, { ...right, written: true }, 0);
  expect(first).toEqual({
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    namespace: 'oil-0',
    name: 'a',
    origin: '0/raw-0',
    tenant: 'oil',
    status: {
      type: 'Ready',
      status: 'True',
      created: true,
      uid: 'u',
      lastApply: '1970-01-01T00:00:00Z',
    },
  });
  expect(processedId(first)).toBe(item.id);
  expect(appliedItem(item, first, { ...right, written: false }, 9_000)).toEqual(first);
  const again = appliedItem(item, first, { ...right, written: true }, 9_000);
  expect(again.status?.lastApply).toBe('1970-01-01T00:00:09Z');
});

it('does not forget what it made when it fails later', () => {
  const first = appliedItem(item, undefined, { ...right, written: true }, 0);
  expect(failedItem(item, first, 'no').status).toEqual({
    ...first.status,
    status: 'False',
    message: 'no',
  });
});

it('lists what was refused if it can be named, and says no secret', () => {
  const piece = { origin: '0/raw-1', tenant: 'oil', namespace: 'oil-0' };
  expect(refusedItem({ piece, why: 'x' })).toEqual([]);
  const about = { apiVersion: 'v1', kind: 'Namespace', name: 'x', namespace: undefined };
  const [listed] = refusedItem({ piece, about, why: 'https://user:hunter2@host' });
  expect(listed).toMatchObject({ kind: 'Namespace', version: 'v1', name: 'x' });
  expect(JSON.stringify(listed)).not.toContain('hunter2');
});

it('is in the same order, however it was done', () => {
  const items = ['c', 'a', 'b'].map((name) => ({ name, kind: 'ConfigMap', tenant: 'oil' }));
  expect(sortItems(items).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});
