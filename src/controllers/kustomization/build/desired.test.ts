import { describe, expect, it } from 'vitest';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { desiredObjects } from './desired.ts';
import { typeFinder } from '../apply/resource-types.ts';

const me = { namespace: 'team', name: 'web' };
const served: ResourceType[] = [
  { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
];
const discovery = {
  resourceFor: (apiVersion: string, kind: string) =>
    Promise.resolve(
      served.find(
        (type) => type.kind === kind && apiVersion.endsWith(`${type.group ? '/' : ''}v1`),
      ),
    ),
  invalidate() {},
};
const build = (rendered: KubeObject[], user = 'u', cluster?: string) => {
  const findType = typeFinder(discovery, rendered, new AbortController().signal);
  return desiredObjects(rendered, { me, user, cluster, known: [], findType });
};
const configMap = (metadata: Partial<KubeObject['metadata']> = {}, data = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...metadata },
  data,
});
const definition = (scope: string, versions = [{ name: 'v1', served: true }]): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'foos.example.org' },
  spec: { group: 'example.org', scope, names: { kind: 'Foo', plural: 'foos' }, versions },
});
const foo = (version = 'v1'): KubeObject => ({
  apiVersion: `example.org/${version}`,
  kind: 'Foo',
  metadata: { name: 'f' },
});

describe('the namespace', () => {
  it("is the Kustomization's own unless the manifest names one", async () => {
    const [own, named] = await build([configMap(), configMap({ namespace: 'other' })]);
    expect(own?.object.metadata.namespace).toBe('team');
    expect(own?.ref.namespace).toBe('team');
    expect(named?.ref.namespace).toBe('other');
  });

  it('is dropped from cluster-scoped kinds', async () => {
    const [item] = await build([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', namespace: 'team' } },
    ]);
    expect(item?.object.metadata).not.toHaveProperty('namespace');
    expect(item?.ref.namespace).toBe('');
  });
});

it('labels with the owner, over whatever Git says', async () => {
  const forged = { 'kustomize.toolkit.fluxcd.io/namespace': 'kube-system', app: 'x' };
  const [item] = await build([configMap({ labels: forged })]);
  expect(item?.object.metadata.labels).toEqual({
    app: 'x',
    'kustomize.toolkit.fluxcd.io/name': 'web',
    'kustomize.toolkit.fluxcd.io/namespace': 'team',
  });
});

describe('the hash', () => {
  const hashOf = async (object: KubeObject, user?: string) =>
    (await build([object], user))[0]?.hash;

  it('is that of the content', async () => {
    expect(await hashOf(configMap({}, { a: '1' }))).toBe(await hashOf(configMap({}, { a: '1' })));
    expect(await hashOf(configMap({}, { a: '1' }))).not.toBe(
      await hashOf(configMap({}, { a: '2' })),
    );
  });

  it('is another for another identity', async () => {
    expect(await hashOf(configMap(), 'a')).not.toBe(await hashOf(configMap(), 'b'));
  });

  it('takes integers beyond 2^53 at their word', async () => {
    const one = configMap({}, { n: 9007199254740993n });
    const two = configMap({}, { n: 9007199254740992n });
    expect(await hashOf(one)).not.toBe(await hashOf(two));
  });
});

describe('a kind that its CRD in the same build defines', () => {
  it.each([
    ['Namespaced', 'team'],
    ['Cluster', ''],
  ])('%s has its place', async (scope, namespace) => {
    const [, item] = await build([definition(scope), foo()]);
    expect(item?.ref).toMatchObject({ kind: 'Foo', namespace });
    expect(item?.type).toMatchObject({ plural: 'foos', isPlanned: true });
  });

  it('and the API server serves is what the API server says', async () => {
    const lie = definition('Cluster');
    const names = { kind: 'Job', plural: 'cronjobs' };
    const jobs = { ...lie, metadata: { name: 'cronjobs.batch' } };
    const spec = { ...(lie['spec'] as object), group: 'batch', names };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' } };
    const [, item] = await build([{ ...jobs, spec }, job]);
    expect(item?.type).toEqual(served.find(({ kind }) => kind === 'Job'));
  });

  it.each([
    ['of the core group', 'foos.', ''],
    ['under a name it may not have', 'others.example.org', 'example.org'],
  ])('%s defines nothing', async (_, name, group) => {
    const crd = definition('Cluster');
    const spec = { ...(crd['spec'] as object), group };
    const object = { ...foo(), apiVersion: group === '' ? 'v1' : 'example.org/v1' };
    await expect(build([{ ...crd, metadata: { name }, spec }, object])).rejects.toThrow(
      'install its CRD first',
    );
  });

  it('in a version it does not serve is refused', async () => {
    const versions = [
      { name: 'v1', served: true },
      { name: 'v2', served: false },
    ];
    await expect(build([definition('Cluster', versions), foo('v2')])).rejects.toThrow(
      "no matches for kind 'Foo' in version 'example.org/v2'",
    );
  });

  it('malformed defines nothing', async () => {
    const broken = { ...definition('Cluster'), spec: { names: 7 } };
    await expect(build([broken, foo()])).rejects.toThrow('install its CRD first');
  });
});

it('refuses a build in which two manifests are about one object', async () => {
  await expect(build([configMap(), configMap({ namespace: 'team' })])).rejects.toMatchObject({
    reason: 'BuildFailed',
    message: 'ConfigMap/team/c appears twice in the build: keep one of the manifests',
  });
});

it('knows Jobs that delete themselves', async () => {
  const job = (spec: object): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec,
  });
  const vanishes = async (spec: object) => (await build([job(spec)]))[0]?.vanishes;
  expect(await vanishes({ ttlSecondsAfterFinished: 0 })).toBe(true);
  expect(await vanishes({})).toBe(false);
});
