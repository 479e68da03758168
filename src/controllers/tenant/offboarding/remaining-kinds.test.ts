import { expect, test } from 'vitest';
import { hindranceOf, remainingKinds } from './remaining-kinds.ts';

const namespace = (...conditions: object[]) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'oil-apps' },
  status: { conditions },
});

test('kinds and counts are read from what the namespace controller says', () => {
  const message =
    'Some resources are remaining: configmaps. has 1 resource instances, kustomizations.kustomize.toolkit.fluxcd.io has 12 resource instances';
  expect(
    remainingKinds(namespace({ type: 'NamespaceContentRemaining', status: 'True', message })),
  ).toEqual([
    { plural: 'configmaps', group: '', count: 1 },
    { plural: 'kustomizations', group: 'kustomize.toolkit.fluxcd.io', count: 12 },
  ]);
});

test('nothing is left where it does not say so', () => {
  const message = 'All content successfully removed';
  const gone = { type: 'NamespaceContentRemaining', status: 'False', message };
  expect(remainingKinds(namespace(gone))).toEqual([]);
  expect(remainingKinds(namespace())).toEqual([]);
});

test('an API that does not answer is told', () => {
  const message = 'Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1';
  const failing = { type: 'NamespaceDeletionDiscoveryFailure', status: 'True', message };
  expect(hindranceOf(namespace(failing))).toBe(message);
  expect(hindranceOf(namespace())).toBe(undefined);
});
