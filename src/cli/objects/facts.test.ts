import { expect, test } from 'vitest';
import { Kustomization } from '../../api/kustomize/kustomization.ts';
import type { KubeObject } from '../../kube/object.ts';
import { inventoryOf, shorten, sourceOf } from './facts.ts';

const object = (fields: Record<string, unknown>): KubeObject => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { namespace: 'team-a', name: 'app' },
  ...fields,
});

test.each([
  [`main@sha1:${'ab'.repeat(20)}`, 'main@sha1:abababab'],
  [`sha256:${'01'.repeat(32)} and ${'ef'.repeat(20)}`, 'sha256:01010101 and efefefef'],
  ['main@sha1:0123', 'main@sha1:0123'],
  ['nothing to cut', 'nothing to cut'],
])('%s is shown as %s', (text, short) => {
  expect(shorten(text)).toBe(short);
});

test('a source without a namespace is in that of the object', () => {
  const sourceRef = { kind: 'GitRepository', name: 'fleet' };
  expect(sourceOf(Kustomization, object({ spec: { sourceRef } }))).toEqual({
    ...sourceRef,
    namespace: 'team-a',
  });
  expect(
    sourceOf(Kustomization, object({ spec: { sourceRef: { ...sourceRef, namespace: 'b' } } })),
  ).toMatchObject({ namespace: 'b' });
  expect(sourceOf(Kustomization, object({ spec: {} }))).toBeUndefined();
});

test('an inventory with entries that are none', () => {
  const entries = [{ id: 'team-a_web_apps_Deployment', v: 'v1' }, 'x', { id: 7 }];
  expect(inventoryOf(Kustomization, object({ status: { inventory: { entries } } }))).toEqual([
    { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'team-a', name: 'web' },
  ]);
  expect(inventoryOf(Kustomization, object({}))).toEqual([]);
});
