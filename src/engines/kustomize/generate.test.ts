import { describe, expect, test } from 'vitest';
import { generateKustomization, type Inspection, type KustomizationFile } from './generate.ts';
import type { RenderSpec } from './render-spec.ts';

const own: KustomizationFile = { resources: ['a.yaml'] };

function generate(spec: RenderSpec, inspection: Partial<Inspection> = { kustomization: own }) {
  const { path, text } = generateKustomization({ folder: 'apps', ...inspection }, spec);
  return { path, file: JSON.parse(text) as KustomizationFile };
}

describe('a directory without a kustomization', () => {
  test('gets one that lists what was found', () => {
    const { path, file } = generate({}, { resources: ['./a.yaml', './sub'] });
    expect(path).toBe('apps/kustomization.yaml');
    expect(file).toMatchObject({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['./a.yaml', './sub'],
    });
  });

  test('and without manifests gets one that builds nothing', () => {
    expect(generate({}, {}).file).toMatchObject({ namespace: '_placeholder' });
    expect(generate({ targetNamespace: 'mine' }, {}).file.namespace).toBe('mine');
  });

  test('may be the root', () => {
    expect(generate({}, { folder: '.' }).path).toBe('kustomization.yaml');
  });
});

describe('a kustomization in the source', () => {
  test('keeps its file name and what the spec says nothing about', () => {
    const kustomization = { ...own, replicas: [{ name: 'x', count: 2 }], namePrefix: 'p-' };
    const { path, file } = generate({}, { file: 'Kustomization', kustomization });
    expect(path).toBe('apps/Kustomization');
    expect(file).toMatchObject({ replicas: [{ name: 'x', count: 2 }], namePrefix: 'p-' });
  });

  test('without resources says something, as upstream makes it', () => {
    expect(generate({}, { kustomization: { namespace: 'x' } }).file.buildMetadata).toEqual([
      'originAnnotations',
    ]);
    expect(generate({}).file.buildMetadata).toBeUndefined();
  });

  test('keeps numbers beyond 2^53', () => {
    const kustomization = { ...own, replicas: [{ name: 'x', count: 9007199254740993n }] };
    const { text } = generateKustomization({ folder: '.', kustomization }, {});
    expect(text).toContain('"count":9007199254740993');
  });
});

describe('the spec', () => {
  test('overrides namespace, prefix, suffix and build metadata', () => {
    const kustomization = { ...own, namespace: 'a', namePrefix: 'a-', nameSuffix: '-a' };
    const spec = {
      targetNamespace: 'b',
      namePrefix: 'b-',
      nameSuffix: '-b',
      buildMetadata: ['transformerAnnotations'],
    };
    expect(generate(spec, { kustomization }).file).toMatchObject({
      namespace: 'b',
      namePrefix: 'b-',
      nameSuffix: '-b',
      buildMetadata: ['transformerAnnotations'],
    });
    expect(generate({ buildMetadata: [] }, { kustomization }).file.buildMetadata).toBeUndefined();
  });

  test('appends its patches, with nothing in their target that kustomize does not know', () => {
    const kustomization = { ...own, patches: [{ path: 'first.yaml' }] };
    const target = { kind: 'Deployment', labelSelector: 'a=b', extra: 'x' };
    const patches = [{ patch: '- op: remove' }, { patch: '{}', target }];
    expect(generate({ patches }, { kustomization }).file.patches).toEqual([
      { path: 'first.yaml' },
      { patch: '- op: remove' },
      { patch: '{}', target: { kind: 'Deployment', labelSelector: 'a=b' } },
    ]);
  });

  test.each([
    ['a new image', [], { name: 'a', newTag: '2' }, [{ name: 'a', newTag: '2' }]],
    [
      'a tag, which takes the digest away',
      [{ name: 'a', newName: 'b', newTag: '1', digest: 'sha256:1' }],
      { name: 'a', newTag: '2' },
      [{ name: 'a', newName: 'b', newTag: '2' }],
    ],
    [
      'a digest, which takes the tag away',
      [{ name: 'a', newTag: '1' }],
      { name: 'a', digest: 'sha256:2' },
      [{ name: 'a', digest: 'sha256:2' }],
    ],
    [
      'a name, which keeps the version',
      [{ name: 'x' }, { name: 'a', newTag: '1' }],
      { name: 'a', newName: 'b' },
      [{ name: 'x' }, { name: 'a', newName: 'b', newTag: '1' }],
    ],
  ])('merges %s', (_what, images, image, merged) => {
    const { file } = generate({ images: [image] }, { kustomization: { ...own, images } });
    expect(file.images).toEqual(merged);
  });

  test('merges images of the same name one after the other', () => {
    const images = [
      { name: 'a', newTag: '1' },
      { name: 'a', newName: 'b' },
    ];
    expect(generate({ images }).file.images).toEqual([{ name: 'a', newTag: '1', newName: 'b' }]);
  });

  test('appends its components, those that exist if asked', () => {
    const kustomization = { ...own, components: ['x'] };
    const inspection = { kustomization, missing: ['../gone'] };
    const components = ['../here', '../gone'];
    expect(generate({ components }, inspection).file.components).toEqual([
      'x',
      '../here',
      '../gone',
    ]);
    expect(
      generate({ components, ignoreMissingComponents: true }, inspection).file.components,
    ).toEqual(['x', '../here']);
  });

  test.each([
    'https://example.com/x',
    'HTTPS://example.com/x',
    'http://example.com/x',
    'ssh://git@example.com/x',
    'git::https://example.com/x',
    'git@example.com:org/repo',
    'github.com/org/repo',
    'github.com:org/repo',
    'gh:org/repo',
    'oci://example.com/x',
    'file:///etc',
  ])('refuses the component %s', (component) => {
    expect(() => generate({ components: [component] })).toThrow(
      expect.objectContaining({ code: 'remote-base' }),
    );
  });

  test('refuses an absolute component', () => {
    expect(() => generate({ components: ['/etc'] })).toThrow(
      expect.objectContaining({ code: 'path-escape' }),
    );
  });
});
