import { expect, test } from 'vitest';
import { countedNamespaces, isCountedNamespace } from './counted-namespaces.ts';

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
];

test('selected namespaces count, sorted; none of Kubernetes and of the control plane', () => {
  expect(countedNamespaces([{ matchLabels: { team: 'x' } }], all, 'home')).toEqual(['a', 'b']);
  expect(countedNamespaces([{ matchLabels: { team: 'y' } }], all, 'home')).toEqual([]);
  const isCounted = isCountedNamespace(new Set(['a', 'kube-system']), 'home');
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
  const isCounted = isCountedNamespace(new Set(['*']), 'home');
  expect(['a', undefined, 'kube-system', 'home'].map(isCounted)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
