import { expect, test } from 'vitest';
import { customResourceDefinition } from './crd/custom-resource-definition.ts';
import { findKind, kinds } from './kinds.ts';

test.each([
  ['ks', 'Kustomization'],
  ['kustomizations', 'Kustomization'],
  ['KUSTOMIZATION', 'Kustomization'],
  ['gitrepo', 'GitRepository'],
  ['GitRepository', 'GitRepository'],
  ['gitrepository', 'GitRepository'],
  ['helmrelease', undefined],
  ['', undefined],
])('%s is %s', (name, kind) => {
  expect(findKind(name)?.kind).toBe(kind);
});

test('no two kinds share a name', () => {
  const names = kinds.flatMap(({ plural, singular, shortNames }) => [
    plural,
    singular,
    ...shortNames,
  ]);
  expect(new Set(names).size).toBe(names.length);
});

test.each(kinds.map((kind) => [kind.kind, kind] as const))(
  "the CRD of %s is found by Flux's users and left alone by their variables",
  (_, kind) => {
    const { metadata, spec } = customResourceDefinition(kind) as ReturnType<
      typeof customResourceDefinition
    > & { spec: { names: { categories: string[] } } };
    expect(metadata.annotations).toMatchObject({
      'kustomize.toolkit.fluxcd.io/substitute': 'disabled',
    });
    const [family] = kind.group.split('.');
    const own = { source: 'fluxcd-sources', kustomize: 'fluxcd-appliers' }[family ?? ''];
    expect(spec.names.categories).toEqual(['all', 'fluxcd', own]);
  },
);
