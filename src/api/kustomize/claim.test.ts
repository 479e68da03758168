import { describe, expect, test } from 'vitest';
import { claimAnnotation } from '../annotations.ts';
import type { KubeObject } from '../../kube/object.ts';
import { claimAnnotations, withClaim } from './claim.ts';
import type { KustomizationStatus } from './status.ts';

const inventory = { entries: [{ id: 'apps_web__ConfigMap', v: 'v1' }], revision: 'main@sha1:1' };

function claimed(
  annotations: Record<string, string>,
  uid = 'u',
): KubeObject & { status?: KustomizationStatus } {
  const metadata = { name: 'apps', namespace: 'apps', uid, annotations };
  return { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata };
}
const annotations = claimAnnotations(claimed({}), inventory);

describe('a claim', () => {
  test('is the inventory of an object whose status has none', () => {
    const object = withClaim({ ...claimed(annotations), status: { observedGeneration: -1 } });
    expect(object.status).toEqual({ observedGeneration: -1, inventory });
  });

  test('is superseded by the status', () => {
    const status = { inventory: { entries: [] } };
    expect(withClaim({ ...claimed(annotations), status }).status).toEqual(status);
    expect(claimAnnotations({ ...claimed({}), status }, inventory)).toEqual({});
  });

  test('says nothing of an object it was copied to', () => {
    expect(withClaim(claimed(annotations, 'another')).status).toBeUndefined();
  });

  test.each(['', 'null', '[]', '{', '{"uid":"u"}', '{"uid":"u","inventory":{"entries":[{}]}}'])(
    'that is none says nothing: %s',
    (text) => {
      expect(withClaim(claimed({ [claimAnnotation]: text })).status?.inventory).toBeUndefined();
    },
  );

  test('that is long is neither made nor read', () => {
    const entries = Array.from({ length: 200 }, (_, i) => ({
      id: `apps_${i}__ConfigMap`,
      v: 'v1',
    }));
    expect(claimAnnotations(claimed({}), { entries })).toEqual({});
    const text = JSON.stringify({ uid: 'u', inventory: { entries } });
    expect(withClaim(claimed({ [claimAnnotation]: text })).status).toBeUndefined();
  });
});
