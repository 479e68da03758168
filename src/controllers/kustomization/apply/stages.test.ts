import { describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../../api/kustomize/inventory.ts';
import { applyOrder, deletionOrder } from './stages.ts';

const groups: Record<string, string> = {
  CustomResourceDefinition: 'apiextensions.k8s.io',
  ClusterRole: 'rbac.authorization.k8s.io',
  StorageClass: 'storage.k8s.io',
  Deployment: 'apps',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io',
  Certificate: 'cert-manager.io',
};
const ref = (kind: string, name = 'x'): ObjectRef => ({
  group: groups[kind] ?? '',
  version: 'v1',
  kind,
  namespace: '',
  name,
});
const items = (...kinds: string[]) => kinds.map((kind) => ({ ref: ref(kind) }));
const kindsOf = (order: { ref: ObjectRef }[][][]) =>
  order.map((stage) => stage.map((group) => group.map((item) => item.ref.kind)));

describe('the order of apply', () => {
  it('puts definitions first, then classes, then the rest by kind, webhooks last', () => {
    const order = applyOrder(
      items(
        'ValidatingWebhookConfiguration',
        'Certificate',
        'Deployment',
        'ConfigMap',
        'StorageClass',
        'Namespace',
        'ServiceAccount',
        'CustomResourceDefinition',
        'ClusterRole',
      ),
    );
    expect(kindsOf(order)).toEqual([
      [['CustomResourceDefinition'], ['Namespace'], ['ClusterRole']],
      [['StorageClass']],
      [
        ['ConfigMap', 'ServiceAccount'],
        ['Deployment'],
        ['Certificate'],
        ['ValidatingWebhookConfiguration'],
      ],
    ]);
  });

  it('applies at the same time what needs nothing of each other, and roles before who binds them', () => {
    const order = applyOrder(
      items('StatefulSet', 'RoleBinding', 'Service', 'Role', 'Deployment', 'Secret', 'LimitRange'),
    );
    expect(kindsOf(order)).toEqual([
      [
        ['LimitRange'],
        ['Service', 'Role', 'Secret'],
        ['RoleBinding'],
        ['StatefulSet', 'Deployment'],
      ],
    ]);
  });

  it('keeps objects of one kind together, in the order of the build', () => {
    const [a, b] = [{ ref: ref('ConfigMap', 'b') }, { ref: ref('ConfigMap', 'a') }];
    expect(applyOrder([a, b])).toEqual([[[a, b]]]);
  });

  it('puts kinds the operator names before the rest, which does not wait for them', () => {
    const order = applyOrder(
      items('ConfigMap', 'Certificate', 'Namespace'),
      new Set(['cert-manager.io/Certificate']),
    );
    expect(kindsOf(order)).toEqual([[['Namespace']], [['Certificate'], ['ConfigMap']]]);
  });

  it('is not fooled by a kind of another group with a familiar name', () => {
    const stranger = { ref: { ...ref('Namespace'), group: 'example.org' } };
    expect(kindsOf(applyOrder([...items('CustomResourceDefinition'), stranger]))).toEqual([
      [['CustomResourceDefinition']],
      [['Namespace']],
    ]);
  });

  it('of nothing is nothing', () => {
    expect(applyOrder([])).toEqual([]);
  });
});

it('deletes in reverse', () => {
  const refs = items('Namespace', 'ConfigMap', 'Deployment').map((item) => item.ref);
  expect(deletionOrder(refs).map((group) => group.map(({ kind }) => kind))).toEqual([
    ['Deployment'],
    ['ConfigMap'],
    ['Namespace'],
  ]);
});
