import { describe, expect, test } from 'vitest';
import { Kustomization } from './kustomization.ts';

const specOf = (spec: object) =>
  Kustomization.decode({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2',
    kind: 'Kustomization',
    metadata: { name: 'app', namespace: 'team' },
    spec: { sourceRef: { kind: 'GitRepository', name: 'app' }, ...spec },
  }).spec;

const strategic = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
const operations = [{ op: 'add', path: '/spec/replicas', value: 3 }];
const target = { kind: 'Deployment', name: 'web' };
const own = { patch: '- op: remove\n  path: /spec/paused\n', target: { kind: 'Deployment' } };

describe('fields of older versions', () => {
  test('old patch lists become patches, in the order kustomize applied them', () => {
    const { patches } = specOf({
      patches: [own],
      patchesJson6902: [{ patch: operations, target }],
      patchesStrategicMerge: [strategic],
    });
    expect(patches?.map(({ target }) => target)).toEqual([undefined, own.target, target]);
    expect(patches?.[1]).toEqual(own);
    expect(JSON.parse(patches?.[0]?.patch ?? '')).toEqual(strategic);
    expect(JSON.parse(patches?.[2]?.patch ?? '')).toEqual(operations);
  });

  test('leave nothing of themselves behind', () => {
    const spec = specOf({ patchesStrategicMerge: [strategic], validation: 'client' });
    expect(Object.keys(spec).sort()).toEqual([
      'force',
      'interval',
      'patches',
      'prune',
      'sourceRef',
    ]);
  });

  test('patches alone stay what they are', () => {
    expect(specOf({ patches: [own] }).patches).toEqual([own]);
    expect(specOf({ validation: 'none' }).patches).toBeUndefined();
    expect(specOf({ patchesJson6902: [] }).patches).toEqual([]);
  });
});
