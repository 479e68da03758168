import { expect, test } from 'vitest';
import { selectedNamespaces } from './selected-namespaces.ts';

const namespace = (name: string, labels: Record<string, string> = {}, gone = false) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels, ...(gone && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
});
const all = [
  namespace('b', { team: 'x' }),
  namespace('a', { team: 'y' }),
  namespace('going', { team: 'x' }, true),
  namespace('kube-system', { team: 'x' }),
];

test('those any selector selects', () => {
  expect(selectedNamespaces([{ matchLabels: { team: 'x' } }], all)).toEqual(['b']);
  const both = [{ matchLabels: { team: 'x' } }, { matchLabels: { team: 'y' } }];
  expect(selectedNamespaces(both, all)).toEqual(['a', 'b']);
});

test('an empty selector selects all but those of Kubernetes; no selector none', () => {
  expect(selectedNamespaces([{}], all)).toEqual(['a', 'b']);
  expect(selectedNamespaces([], all)).toEqual([]);
});
