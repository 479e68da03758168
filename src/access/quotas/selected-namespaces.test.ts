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

test('the name alone makes none of Kubernetes: an owner may give it', () => {
  const ofTenant = { team: 'x', 'capsule.clastix.io/tenant': 'oil' };
  const named = [
    namespace('kube-oil', ofTenant),
    namespace('kube-network', { team: 'x' }),
    namespace('kube-public', ofTenant),
    namespace('kube-unnamed', { team: 'x', 'capsule.clastix.io/tenant': '' }),
  ];
  expect(selectedNamespaces([{ matchLabels: { team: 'x' } }], named)).toEqual(['kube-oil']);
});

test('an empty selector selects all but those of Kubernetes; no selector none', () => {
  expect(selectedNamespaces([{}], all)).toEqual(['a', 'b']);
  expect(selectedNamespaces([], all)).toEqual([]);
});
