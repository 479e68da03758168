import { expect, test } from 'vitest';
import { countedNamespaces, isCountedNamespace, sparedNamespaces } from './counted-namespaces.ts';

const namespace = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const all = [
  namespace('b', { team: 'x' }),
  namespace('a', { team: 'x' }),
  namespace('c'),
  namespace('home', { team: 'x' }),
  namespace('kube-system', { team: 'x' }),
  namespace('kube-network'),
  namespace('kube-oil', { 'capsule.clastix.io/tenant': 'oil' }),
];
const spared = sparedNamespaces(all, 'home');

test('selected namespaces count, sorted; none of Kubernetes and of the control plane', () => {
  expect(countedNamespaces([{ matchLabels: { team: 'x' } }], all, 'home')).toEqual(['a', 'b']);
  expect(countedNamespaces([{ matchLabels: { team: 'y' } }], all, 'home')).toEqual([]);
  const isCounted = isCountedNamespace(new Set(['a', 'kube-system']), spared);
  expect(['a', 'b', 'kube-system', 'home', undefined].map(isCounted)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('without selectors everything counts, also what is in no namespace', () => {
  for (const selectors of [undefined, []]) {
    expect(countedNamespaces(selectors, all, 'home')).toEqual(['*']);
  }
  const isCounted = isCountedNamespace(new Set(['*']), spared);
  const counted = ['a', undefined, 'kube-oil'];
  const others = ['kube-system', 'kube-public', 'kube-network', 'home'];
  expect([...counted, ...others].filter(isCounted)).toEqual(counted);
});
