import { expect, test } from 'vitest';
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
