import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../base/certificate.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { normalize } from './normalize.ts';

const secret = (fields: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  ...fields,
});

it('drops what only the API server sets', () => {
  const dumped: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'c',
      labels: { a: 'b' },
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [],
    },
    data: { k: 'v' },
    status: { x: 1 },
  };
  expect(normalize(dumped)).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', labels: { a: 'b' } },
    data: { k: 'v' },
  });
  expect(dumped.metadata.uid).toBe('u');
});

describe('a Secret', () => {
  it('gets its stringData as data, which wins over data', () => {
    const given = secret({ data: { a: 'QQ==', b: 'Qg==' }, stringData: { b: 'ü', c: '' } });
    expect(normalize(given)).toEqual(secret({ data: { a: 'QQ==', b: 'w7w=', c: '' } }));
  });

  it('has an empty text where nothing was given', () => {
    expect(normalize(secret({ stringData: { a: null } }))).toEqual(secret({ data: { a: '' } }));
  });

  it('without stringData stays as it is', () => {
    expect(normalize(secret({ data: { a: 'QQ==' } }))).toEqual(secret({ data: { a: 'QQ==' } }));
  });

  it('of another API group is not ours to know', () => {
    const other = { ...secret({ stringData: { a: 'b' } }), apiVersion: 'example.org/v1' };
    expect(normalize(other)).toEqual(other);
  });
});

describe('a CRD', () => {
  const definition = (caBundle?: string): KubeObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'x.example.org' },
    spec: { conversion: { webhook: { clientConfig: caBundle === undefined ? {} : { caBundle } } } },
  });

  it.each(['Cg==', 'bm90IGEgY2VydGlmaWNhdGU=', '%%%'])(
    'loses the broken CA bundle %s',
    (bundle) => {
      const given = definition(bundle);
      expect(normalize(given)).toEqual(definition());
      expect(given).toEqual(definition(bundle));
    },
  );

  it('keeps one that is a certificate', () => {
    const { certPem } = createAuthority('conversion');
    const given = definition(Buffer.from(certPem).toString('base64'));
    expect(normalize(given)).toEqual(given);
  });

  it('keeps an empty one, and is left alone without any', () => {
    expect(normalize(definition(''))).toEqual(definition(''));
    expect(normalize(definition())).toEqual(definition());
    const plain = { ...definition(), spec: { conversion: { strategy: 'None' } } };
    expect(normalize(plain)).toEqual(plain);
  });
});
