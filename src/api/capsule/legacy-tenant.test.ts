import { describe, expect, test } from 'vitest';
import { Tenant } from './tenant.ts';

const read = (metadata: object, spec: object = {}) =>
  Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta1',
    kind: 'Tenant',
    metadata: { name: 'oil', ...metadata },
    spec,
  });
const annotated = (annotations: Record<string, string>, spec: object = {}) =>
  read({ annotations }, spec);

describe('what manifests of v1beta1 say by annotations', () => {
  test('roles of an owner, by kind and name', () => {
    const { spec } = annotated(
      { 'clusterrolenames.capsule.clastix.io/user.alice__AT__example.com': 'editor, viewer' },
      {
        owners: [
          { kind: 'User', name: 'Alice@example.com' },
          { kind: 'User', name: 'bob' },
        ],
      },
    );
    expect(spec.owners?.map(({ clusterRoles }) => clusterRoles)).toEqual([
      ['editor', 'viewer'],
      ['admin', 'capsule-namespace-deleter'],
    ]);
  });

  test('roles of an owner, by its place', () => {
    const { spec } = annotated(
      { 'clusterrolenames.capsule.clastix.io/1': 'viewer' },
      {
        owners: [
          { kind: 'User', name: 'alice' },
          { kind: 'Group', name: 'ops' },
        ],
      },
    );
    expect(spec.owners?.[1]?.clusterRoles).toEqual(['viewer']);
  });

  test('cordoned, protected, wildcards', () => {
    expect(read({ labels: { 'capsule.clastix.io/cordon': 'enabled' } }).spec.cordoned).toBe(true);
    expect(read({ labels: { 'capsule.clastix.io/cordon': 'no' } }).spec.cordoned).toBe(false);
    expect(annotated({ 'capsule.clastix.io/protected': '' }).spec.preventDeletion).toBe(true);
    const { spec } = annotated({ 'capsule.clastix.io/deny-wildcard': 'true' });
    expect(spec.ingressOptions?.allowWildcardHostnames).toBe(false);
  });

  test('forbidden metadata of namespaces', () => {
    const { spec } = annotated({
      'capsule.clastix.io/forbidden-namespace-labels': 'a, b',
      'capsule.clastix.io/forbidden-namespace-labels-regexp': '^c',
      'capsule.clastix.io/forbidden-namespace-annotations': 'd',
    });
    expect(spec.namespaceOptions).toMatchObject({
      forbiddenLabels: { denied: ['a', 'b'], deniedRegex: '^c' },
      forbiddenAnnotations: { denied: ['d'] },
    });
  });

  test('counts less than the fields', () => {
    const { spec } = annotated(
      {
        'clusterrolenames.capsule.clastix.io/0': 'viewer',
        'capsule.clastix.io/forbidden-namespace-labels': 'a',
      },
      {
        owners: [{ kind: 'User', name: 'alice', clusterRoles: ['editor'] }],
        namespaceOptions: { forbiddenLabels: { denied: ['z'] } },
      },
    );
    expect(spec.owners?.[0]?.clusterRoles).toEqual(['editor']);
    expect(spec.namespaceOptions?.forbiddenLabels).toEqual({ denied: ['z'] });
  });

  test('is nothing where there are none', () => {
    expect(read({ annotations: { note: 'x' } }).spec).toEqual(read({}).spec);
  });
});
