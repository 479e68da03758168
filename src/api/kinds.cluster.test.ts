import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bringKinds } from '../../test/support/bring-kinds.ts';
import {
  apply,
  freshName,
  freshNamespace,
  kubectl,
  kubectlOk,
} from '../../test/support/cluster.ts';
import { parseYamlDocuments } from '../base/yaml.ts';
import type { KubeObject } from '../kube/object.ts';
import { crds } from './install/crds.ts';
import { findKind } from './kinds.ts';

beforeAll(() => bringKinds(crds()));

const gitRepository = (namespace: string, spec: object, version = 'v1') => ({
  apiVersion: `source.toolkit.fluxcd.io/${version}`,
  kind: 'GitRepository',
  metadata: { name: 'app', namespace },
  spec: { url: 'https://host/r', ...(version === 'v1' && { interval: '1m' }), ...spec },
});
const kustomization = (namespace: string, spec: object, version = 'v1') => ({
  apiVersion: `kustomize.toolkit.fluxcd.io/${version}`,
  kind: 'Kustomization',
  metadata: { name: 'app', namespace },
  spec: {
    sourceRef: { kind: 'GitRepository', name: 'app' },
    ...(version === 'v1' && { interval: '1m', prune: true }),
    ...spec,
  },
});
const specOf = (object: KubeObject) => object['spec'] as object;

const create = (object: object, more: string[] = []) =>
  kubectl(['create', '-f', '-', ...more], { input: JSON.stringify(object) });

/** The object as `version` shows it. */
async function read(resource: string, namespace: string): Promise<KubeObject> {
  const text = await kubectlOk(['-n', namespace, 'get', resource, 'app', '-o', 'json']);
  return JSON.parse(text) as KubeObject;
}

describe('the CRDs', () => {
  test('are accepted without a complaint about their schemas', async () => {
    for (const { metadata } of crds()) {
      const crd = JSON.parse(await kubectlOk(['get', 'crd', metadata.name, '-o', 'json'])) as {
        status: { conditions: { type: string; status: string }[] };
      };
      const conditions = crd.status.conditions.map(({ type, status }) => `${type}=${status}`);
      expect(conditions).toContain('NamesAccepted=True');
      expect(conditions.filter((text) => text.startsWith('NonStructural'))).toEqual([]);
    }
  });

  test('are found by short name and category, and explained', async () => {
    const namespace = await freshNamespace('kinds');
    await apply([gitRepository(namespace, {}), kustomization(namespace, {})]);
    const get = (what: string) => kubectlOk(['-n', namespace, 'get', what]);
    expect(await get('gitrepo')).toMatch(/^NAME\s+URL\s+AGE\s+READY\s+STATUS\s*\napp\s+https:/);
    expect(await get('ks')).toMatch(/^NAME\s+AGE\s+READY\s+STATUS\s*\napp\s/);
    for (const category of ['all', 'fluxcd', 'fluxcd-sources']) {
      expect(await get(category)).toContain('app');
    }
    expect(await get('fluxcd-appliers')).toContain('app');
    const explained = await kubectlOk(['explain', 'ks.spec.sourceRef.kind']);
    expect(explained).toContain('Kind of the source.');
    expect(explained).toMatch(/OCIRepository\s+GitRepository\s+Bucket\s+ExternalArtifact/);
    expect(await kubectlOk(['explain', 'gitrepo.spec.accessFrom'])).toContain('namespaceSelectors');
  });

  test('start a status at generation -1, which only the status subresource changes', async () => {
    const namespace = await freshNamespace('kinds');
    await apply([{ ...gitRepository(namespace, {}), status: { observedGeneration: 9 } }]);
    expect((await read('gitrepo', namespace))['status']).toEqual({ observedGeneration: -1 });
  });
});

describe('manifests as users carry them', () => {
  test.each([
    'operate-tenants-by-gitops.yaml',
    'share-one-repository.yaml',
    'source-access-control.yaml',
  ])('%s applies, and decodes as the version that is stored', async (file) => {
    const text = readFileSync(path.join(import.meta.dirname, '__fixtures__', file), 'utf8');
    const manifests = parseYamlDocuments(text) as KubeObject[];
    // Each in a namespace of its own: some have the name of another.
    const suite = freshName('kinds');
    const objects = manifests.map((manifest, index) => ({
      ...manifest,
      metadata: { ...manifest.metadata, namespace: `${suite}-${index}`, labels: { suite } },
    }));
    await apply(
      objects.map(({ metadata }) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: metadata.namespace },
      })),
    );
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    const created = await create(list, ['-o', 'name', '--validate=strict']);
    expect(created).toMatchObject({ code: 0 });
    const kinds = new Set(
      created.stdout
        .trim()
        .split('\n')
        .map((name) => name.split('/')[0]),
    );
    const stored = JSON.parse(
      await kubectlOk(['get', [...kinds].join(','), '-A', '-l', `suite=${suite}`, '-o', 'json']),
    ) as { items: KubeObject[] };
    expect(stored.items).toHaveLength(manifests.length);
    for (const object of objects) {
      const found = stored.items.find(
        (one) => one.metadata.namespace === object.metadata.namespace,
      )!;
      const kind = findKind(object.kind);
      expect(found.apiVersion).toBe(`${kind?.group}/v1`);
      expect(kind?.decode(found).spec).toMatchObject(specOf(object));
    }
  });

  test.each(['v1beta1', 'v1beta2'])(
    'of %s keep the defaults of that version when v1 reads and writes them',
    async (version) => {
      const namespace = await freshNamespace('kinds');
      await apply([gitRepository(namespace, {}, version), kustomization(namespace, {}, version)]);
      const repository = await read('gitrepo.v1.source.toolkit.fluxcd.io', namespace);
      expect(repository['spec']).toEqual({
        url: 'https://host/r',
        interval: '1m',
        timeout: '60s',
      });
      const applied = await read('ks.v1.kustomize.toolkit.fluxcd.io', namespace);
      expect(applied['spec']).toMatchObject({ interval: '10m', prune: false, force: false });
      const patch = JSON.stringify({ metadata: { finalizers: ['finalizers.fluxcd.io'] } });
      await kubectlOk(['-n', namespace, 'patch', 'ks', 'app', '--type=merge', '-p', patch]);
      await kubectlOk(['-n', namespace, 'patch', 'ks', 'app', '--type=merge', '-p', clear]);
    },
  );
  const clear = JSON.stringify({ metadata: { finalizers: null } });

  test('of older versions are accepted with a word about the upgrade', async () => {
    const namespace = await freshNamespace('kinds');
    const { stderr, code } = await create(kustomization(namespace, {}, 'v1beta2'));
    expect(code).toBe(0);
    expect(stderr).toContain('v1beta2 Kustomization is deprecated, upgrade to v1');
  });

  test('keep legacy fields through the stored version', async () => {
    const namespace = await freshNamespace('kinds');
    const patch = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, extra: [1] };
    const operations = [{ op: 'add', path: '/a', value: { deep: [null, 'x'] } }];
    const spec = {
      patchesStrategicMerge: [patch],
      patchesJson6902: [{ patch: operations, target: { kind: 'Service' } }],
      validation: 'client',
    };
    await apply([kustomization(namespace, spec, 'v1beta1')]);
    expect((await read('ks', namespace))['spec']).toMatchObject(spec);
  });
});

describe('invalid manifests', () => {
  const cases: [string, (namespace: string) => object, RegExp][] = [
    ['no url', (ns) => gitRepository(ns, { url: undefined }), /spec\.url: Required value/],
    [
      'scp syntax',
      (ns) => gitRepository(ns, { url: 'git@host:r.git' }),
      /spec\.url.*should match/s,
    ],
    ['file URL', (ns) => gitRepository(ns, { url: 'file:///etc' }), /spec\.url.*should match/s],
    [
      'no interval in v1',
      (ns) => gitRepository(ns, { interval: undefined }),
      /spec\.interval: Required value/,
    ],
    [
      'bad interval',
      (ns) => gitRepository(ns, { interval: '1d' }),
      /spec\.interval.*should match/s,
    ],
    ['hours of timeout', (ns) => gitRepository(ns, { timeout: '1h' }), /spec\.timeout.*match/s],
    [
      'unknown provider',
      (ns) => gitRepository(ns, { provider: 'gcp' }),
      /Unsupported value: "gcp"/,
    ],
    [
      'account without a cloud',
      (ns) => gitRepository(ns, { serviceAccountName: 'a', provider: 'github' }),
      /serviceAccountName can only be set when provider is 'azure' or 'aws'/,
    ],
    [
      'verify without keys',
      (ns) => gitRepository(ns, { verify: {} }),
      /verify\.secretRef: Required/,
    ],
    [
      'an ACL without selectors',
      (ns) => gitRepository(ns, { accessFrom: {} }),
      /namespaceSelectors: Required/,
    ],
    [
      'bad interval in v1beta1',
      (ns) => gitRepository(ns, { interval: 'soon' }, 'v1beta1'),
      /spec\.interval.*should match/s,
    ],
    [
      'no prune in v1',
      (ns) => kustomization(ns, { prune: undefined }),
      /spec\.prune: Required value/,
    ],
    [
      'no source in v1beta2',
      (ns) => kustomization(ns, { sourceRef: undefined }, 'v1beta2'),
      /spec\.sourceRef: Required value/,
    ],
    [
      'a source that is none',
      (ns) => kustomization(ns, { sourceRef: { kind: 'HelmRepository', name: 'a' } }),
      /sourceRef\.kind: Unsupported value/,
    ],
    [
      'a long target namespace',
      (ns) => kustomization(ns, { targetNamespace: 'a'.repeat(64) }),
      /targetNamespace: Too long/,
    ],
    ['an empty prefix', (ns) => kustomization(ns, { namePrefix: '' }), /namePrefix.*at least 1/s],
    ['a long suffix', (ns) => kustomization(ns, { nameSuffix: 'a'.repeat(201) }), /Too long/],
    [
      'an unknown deletion policy',
      (ns) => kustomization(ns, { deletionPolicy: 'Never' }),
      /deletionPolicy: Unsupported value/,
    ],
    [
      'a kubeconfig from nowhere',
      (ns) => kustomization(ns, { kubeConfig: {} }),
      /exactly one of spec\.kubeConfig\.configMapRef or spec\.kubeConfig\.secretRef/,
    ],
    [
      'a kubeconfig from two places',
      (ns) =>
        kustomization(ns, {
          kubeConfig: { secretRef: { name: 'a' }, configMapRef: { name: 'b' } },
        }),
      /exactly one of spec\.kubeConfig\.configMapRef or spec\.kubeConfig\.secretRef/,
    ],
    [
      'variables from a Pod',
      (ns) => kustomization(ns, { postBuild: { substituteFrom: [{ kind: 'Pod', name: 'a' }] } }),
      /substituteFrom\[0\]\.kind: Unsupported value/,
    ],
    [
      'variables that are not strings',
      (ns) => kustomization(ns, { postBuild: { substitute: { a: 1 } } }),
      /substitute\.a.*must be of type string/s,
    ],
    [
      'decryption by something else',
      (ns) => kustomization(ns, { decryption: { provider: 'pgp' } }),
      /decryption\.provider: Unsupported value/,
    ],
    [
      'a health expression without an outcome',
      (ns) => kustomization(ns, { healthCheckExprs: [{ apiVersion: 'v1' }] }),
      /healthCheckExprs\[0\]\.current: Required value/,
    ],
  ];

  test.each(cases)('%s', async (_name, objectIn, message) => {
    const { stderr, code } = await create(objectIn('default'), ['--dry-run=server', '-o', 'name']);
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
  });
});
