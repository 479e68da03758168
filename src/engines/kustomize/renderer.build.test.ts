import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, engineBuildMs } from '../render/__fixtures__/engine.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';
import type { RenderSpec } from './render-spec.ts';

let renderer: TestRenderer;
beforeAll(async () => {
  renderer = await startRenderer();
}, engineBuildMs);
afterAll(() => renderer.pool.close());

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: main, image: "nginx:1.0"}]}
`;
const names = async (files: Record<string, string>, path = './') =>
  (await renderer.files(files, { path })).objects.map(({ metadata }) => metadata.name).sort();

describe('a directory of manifests', () => {
  test('is rendered with its sub-directories, those with a kustomization as a unit', async () => {
    const files = {
      'apps/a.yaml': configMap('a'),
      'apps/b.yml': configMap('b'),
      'apps/README.md': 'no: [yaml',
      'apps/nested/deep/c.yaml': configMap('c'),
      'apps/unit/kustomization.yaml': 'namePrefix: unit-\nresources: [d.yaml]\n',
      'apps/unit/d.yaml': configMap('d'),
      'apps/unit/unused.yaml': configMap('unused'),
      'other/e.yaml': configMap('e'),
    };
    expect(await names(files, './apps')).toEqual(['a', 'b', 'c', 'unit-d']);
    expect(await names(files, 'apps/')).toEqual(['a', 'b', 'c', 'unit-d']);
    expect(await names(files, '/apps')).toEqual(['a', 'b', 'c', 'unit-d']);
    expect(await names(files, './')).toEqual(['a', 'b', 'c', 'e', 'unit-d']);
    expect(await names(files, '')).toEqual(['a', 'b', 'c', 'e', 'unit-d']);
  });

  test('may hold several documents in a file, empty ones and lists', async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${configMap('x').replaceAll('\n', '\n  ')}\n`;
    const files = { 'a.yaml': `---\n# nothing\n---\n${configMap('a')}---\n${list}`, 'b.yaml': '' };
    expect(await names(files)).toEqual(['a', 'x']);
  });

  test('without manifests renders nothing', async () => {
    expect(await names({ 'apps/README.md': 'hello' }, 'apps')).toEqual([]);
  });

  test.each([
    ['YAML that is none', 'a: [1', /^build-failed: apps\/bad\.yaml .*line 1/],
    ['text', 'hello', /^build-failed: apps\/bad\.yaml /],
    [
      'an object without name',
      'apiVersion: v1\nkind: Secret\n',
      /^build-failed: apps\/bad\.yaml .*metadata/,
    ],
    [
      'an object without kind',
      'apiVersion: v1\nmetadata: {name: x}\n',
      /^build-failed: apps\/bad\.yaml .*kind/,
    ],
  ])('fails on %s, and says in which file', async (_what, content, failure) => {
    const files = { 'apps/a.yaml': configMap('a'), 'apps/bad.yaml': content };
    expect(await renderer.failure(files, { path: 'apps' })).toMatch(failure);
  });
});

describe('a kustomization in the source', () => {
  test.each(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])(
    'is found under the name %s',
    async (file) => {
      const files = { [file]: 'resources: [a.yaml]\n', 'a.yaml': configMap('a'), 'b.yaml': '' };
      expect(await names(files)).toEqual(['a']);
    },
  );

  test('may use bases beside and above it, down to the root of the source', async () => {
    const files = {
      'clusters/one/apps/kustomization.yaml': 'resources: [../../../base, ../shared.yaml]\n',
      'clusters/one/shared.yaml': configMap('shared'),
      'base/kustomization.yaml': 'resources: [a.yaml]\n',
      'base/a.yaml': configMap('a'),
    };
    expect(await names(files, 'clusters/one/apps')).toEqual(['a', 'shared']);
  });

  test('may have generators, whose file names and contents are kept', async () => {
    const files = {
      'kustomization.yaml':
        'configMapGenerator: [{name: gen, files: [key=data.txt], envs: [.env], literals: [l=1]}]\n' +
        'generatorOptions: {disableNameSuffixHash: true}\n',
      'data.txt': 'content',
      '.env': 'E=2\n',
    };
    const { objects } = await renderer.files(files);
    expect(objects).toMatchObject([
      { kind: 'ConfigMap', metadata: { name: 'gen' }, data: { key: 'content', E: '2', l: '1' } },
    ]);
  });

  test('finds nothing of a host in its environment', async () => {
    const files = {
      'kustomization.yaml':
        'configMapGenerator: [{name: gen, envs: [.env]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      '.env': 'PATH\nHOME\nUSER\n',
    };
    const { objects } = await renderer.files(files);
    expect(objects[0]?.['data']).toEqual({ PATH: '', HOME: '', USER: '' });
  });

  test('with fields that kustomize does not know still renders, as upstream does', async () => {
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\nunknown: 1\n',
      'a.yaml': configMap('a'),
    };
    expect(await names(files)).toEqual(['a']);
  });

  test.each([
    ['that is no YAML', 'resources: [', /^build-failed: apps\/kustomization\.yaml: /],
    ['with a field of the wrong type', 'resources: a.yaml', /kustomization\.yaml: .*resources/],
    [
      'that lists a missing file',
      'resources: [no.yaml]',
      /resources entry "no\.yaml" of apps\/kustomization\.yaml: 'apps\/no\.yaml' is not in the source/,
    ],
    ['with a missing patch', 'resources: [a.yaml]\npatches: [{path: no.yaml}]', /no\.yaml/],
    [
      'with a patch for nothing',
      'resources: [a.yaml]\npatches: [{patch: "{kind: X, metadata: {name: x}}"}]',
      /^build-failed/,
    ],
    ['of another kind', 'kind: Component\nresources: [a.yaml]', /^build-failed: .*apiVersion/],
  ])('%s fails, and says where', async (_what, content, failure) => {
    const files = { 'apps/kustomization.yaml': content, 'apps/a.yaml': configMap('a') };
    expect(await renderer.failure(files, { path: 'apps' })).toMatch(failure);
  });

  test('twice in a directory fails', async () => {
    const files = { 'kustomization.yaml': 'namespace: a', 'kustomization.yml': 'namespace: b' };
    expect(await renderer.failure(files)).toMatch(/^build-failed: .*multiple kustomization files/);
  });
});

describe('a path', () => {
  test.each([
    ['missing', /^path-not-found: path "missing" is not in the source/],
    ['a.yaml', /^path-not-found: .* is a file/],
    ['../', /^path-escape/],
    ['a/../../b', /^path-escape/],
    ['/..', /^path-escape/],
  ])('%s is refused', async (path, failure) => {
    expect(await renderer.failure({ 'a.yaml': configMap('a') }, { path })).toMatch(failure);
  });
});

describe('the spec', () => {
  const render = async (spec: RenderSpec, files: Record<string, string> = {}) =>
    (await renderer.files({ 'a.yaml': deployment, ...files }, { spec })).objects;

  test('shapes names, namespace, images and metadata', async () => {
    const [object] = await render({
      targetNamespace: 'mine',
      namePrefix: 'p-',
      nameSuffix: '-s',
      images: [{ name: 'nginx', newName: 'registry/nginx', newTag: '2.0' }],
      commonMetadata: { labels: { team: 'x' }, annotations: { note: 'y' } },
    });
    expect(object).toMatchObject({
      metadata: {
        name: 'p-app-s',
        namespace: 'mine',
        labels: { team: 'x' },
        annotations: { note: 'y' },
      },
      spec: {
        // Common metadata is put on objects, never on selectors or templates.
        selector: { matchLabels: { app: 'app' } },
        template: { spec: { containers: [{ image: 'registry/nginx:2.0' }] } },
      },
    });
  });

  test('patches, strategic merge and JSON 6902, after the patches in the source', async () => {
    const kustomization =
      'resources: [a.yaml]\npatches: [{target: {kind: Deployment}, patch: "- {op: add, path: /spec/replicas, value: 1}"}]\n';
    const patches = [
      { patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, labels: {a: b}}\n' },
      {
        patch: '- {op: replace, path: /spec/replicas, value: 3}',
        target: { group: 'apps', kind: 'Deploy.*' },
      },
    ];
    const [object] = await render({ patches }, { 'kustomization.yaml': kustomization });
    expect(object).toMatchObject({
      metadata: { labels: { a: 'b' } },
      spec: { replicas: 3 },
    });
  });

  test('a patch that deletes leaves nothing', async () => {
    const patch = '$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n';
    expect(await render({ patches: [{ patch }] })).toEqual([]);
  });

  test('adds components, and skips missing ones if asked', async () => {
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\n',
      'parts/label/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {part: yes-it-is}}]\n',
    };
    const [object] = await render(
      { components: ['parts/label', 'parts/gone'], ignoreMissingComponents: true },
      files,
    );
    expect(object?.metadata.labels).toEqual({ part: 'yes-it-is' });
    expect(
      await renderer.failure(
        { 'a.yaml': deployment, ...files },
        { spec: { components: ['parts/gone'] } },
      ),
    ).toMatch(/^build-failed: the components entry "parts\/gone"/);
  });

  test('writes build metadata', async () => {
    const [object] = await render({ buildMetadata: ['originAnnotations'] });
    expect(object?.metadata.annotations).toEqual({
      'config.kubernetes.io/origin': 'path: a.yaml\n',
    });
    const buildMetadata = ['transformerAnnotations'] as const;
    const [prefixed] = await render({ buildMetadata: [...buildMetadata], namePrefix: 'pre-' });
    const { 'alpha.config.kubernetes.io/transformations': by } =
      prefixed?.metadata.annotations ?? {};
    expect(by).toContain('kind: PrefixTransformer');
  });
});

describe('what is rendered', () => {
  test('keeps int64, and text as text', async () => {
    const data = 'i: 9007199254740993, n: -9223372036854775808, u: 18446744073709551615, t: "010"';
    const { objects } = await renderer.files({ 'a.yaml': configMap('a', data) });
    expect(objects[0]?.['data']).toEqual({
      i: 9007199254740993n,
      n: -9223372036854775808n,
      u: 18446744073709551615n,
      t: '010',
    });
  });

  test('keeps int64 in the kustomization itself', async () => {
    const { objects } = await renderer.files({
      'kustomization.yaml':
        'resources: [a.yaml]\nreplicas: [{name: app, count: 9007199254740993}]\n',
      'a.yaml': deployment,
    });
    expect(objects[0]?.['spec']).toMatchObject({ replicas: 9007199254740993n });
  });

  test('keeps int64 through substitution', async () => {
    const { objects } = await renderer.files(
      { 'a.yaml': configMap('a', 'i: 9007199254740993, v: "${v}"') },
      { substitution: { variables: { v: '9223372036854775807' }, strict: true } },
    );
    expect(objects[0]?.['data']).toEqual({ i: 9007199254740993n, v: 9223372036854775807n });
  });

  test('pollutes no prototype, and loses no key', async () => {
    const data = '__proto__: {polluted: "yes ${v}"}, constructor: {prototype: {polluted: x}}';
    for (const substitution of [undefined, { variables: { v: 'v' }, strict: true }]) {
      const { objects } = await renderer.files(
        { 'a.yaml': configMap('a', data) },
        { substitution, spec: { commonMetadata: { labels: { a: 'b' } } } },
      );
      expect(Object.keys(objects[0]?.['data'] as object).sort()).toEqual([
        '__proto__',
        'constructor',
      ]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(Object.getPrototypeOf(objects[0])).toBe(Object.prototype);
    }
  });

  test('names the object at fault when a variable is missing', async () => {
    expect(
      await renderer.failure(
        { 'a.yaml': configMap('a', 'x: "${missing}"') },
        { substitution: { variables: { v: '1' }, strict: true } },
      ),
    ).toMatch(/^substitution-failed: ConfigMap\/a: variable "missing" is not set/);
  });

  test('has no object twice, also not after substitution', async () => {
    expect(await renderer.failure({ 'a.yaml': configMap('a'), 'b.yaml': configMap('a') })).toMatch(
      /^build-failed: .*already registered id/,
    );
    expect(
      await renderer.failure(
        { 'a.yaml': configMap('a'), 'b.yaml': configMap('"${v}"') },
        { substitution: { variables: { v: 'a' }, strict: true } },
      ),
    ).toMatch(/^build-failed: ConfigMap\/a is there more than once/);
  });
});
