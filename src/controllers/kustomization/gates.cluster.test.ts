import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { applyAll } from '../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';
import type { KubeObject } from '../../kube/object.ts';

/** One with the gates as they are by default, one with the other state of each. */
let usual: KustomizeHarness;
let switched: KustomizeHarness;
beforeAll(async () => {
  usual = await startKustomizeHarness();
  switched = await startKustomizeHarness({
    gates: {
      StrictPostBuildSubstitutions: false,
      DirectSourceFetch: true,
      DisableConfigWatchers: true,
      MigrateAPIVersion: true,
    },
  });
});
afterAll(async () => {
  await usual[Symbol.asyncDispose]();
  await switched[Symbol.asyncDispose]();
});

const dataOf = async (harness: KustomizeHarness, namespace: string, name = 'a') =>
  (await harness.read('v1', 'ConfigMap', { namespace, name }))?.['data'];

it('StrictPostBuildSubstitutions=false: a variable that nobody set is empty', async () => {
  const namespace = await switched.tenant();
  await switched.publish({ 'a.yaml': configMap('a', { k: 'x${nobody}y' }) }, { namespace });
  await switched.deploy(namespace, 'apps', { postBuild: { substitute: { other: '1' } } });
  await switched.ready(namespace, 'apps');
  expect(await dataOf(switched, namespace)).toEqual({ k: 'xy' });
});

it('DirectSourceFetch: the source is read, as the control plane, and only then', async () => {
  for (const [harness, reads] of [
    [usual, 0],
    [switched, 1],
  ] as const) {
    const namespace = await harness.tenant();
    await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
    await harness.deploy(namespace, 'apps');
    await harness.ready(namespace, 'apps');
    harness.requests();
    await harness.request(namespace, 'apps');
    const seen = harness
      .requests()
      .filter(({ resource }) => resource.startsWith('gitrepositories'));
    expect(seen.map(({ verb, identity }) => [verb.toLowerCase(), identity])).toEqual(
      Array.from({ length: reads }, () => ['get', undefined]),
    );
  }
});

it('DirectSourceFetch: a neighbour learns no more of a source than from the cache', async () => {
  const owner = await switched.tenant('owner');
  await switched.publish({ 'a.yaml': configMap('a', {}) }, { namespace: owner });
  const neighbour = await switched.tenant('neighbour');
  for (const name of ['fleet', 'absent']) {
    const sourceRef = { kind: 'GitRepository', name, namespace: owner };
    await switched.deploy(neighbour, name, { sourceRef });
  }
  const [there, absent] = await Promise.all(
    ['fleet', 'absent'].map((name) => switched.failed(neighbour, name, 'AccessDenied')),
  );
  expect(there?.message).toBe(absent?.message);
});

async function withVariable(harness: KustomizeHarness) {
  const namespace = await harness.tenant();
  const labels = { 'reconcile.fluxcd.io/watch': 'Enabled' };
  const metadata = { name: 'vars', namespace, labels };
  const setTo = (v: string) =>
    applyAll(harness.admin, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { v } }]);
  await setTo('old');
  await harness.publish({ 'a.yaml': configMap('a', { k: '${v}' }) }, { namespace });
  const substituteFrom = [{ kind: 'ConfigMap', name: 'vars' }];
  await harness.deploy(namespace, 'apps', { postBuild: { substituteFrom } });
  await harness.ready(namespace, 'apps');
  return { namespace, setTo };
}

it('a labelled ConfigMap reconciles who refers to it; with DisableConfigWatchers it does not', async () => {
  const watched = await withVariable(usual);
  const unwatched = await withVariable(switched);
  await unwatched.setTo('new');
  await watched.setTo('new');
  await expect.poll(() => dataOf(usual, watched.namespace)).toEqual({ k: 'new' });
  // What happened later elsewhere has been noticed; this has not.
  expect(await dataOf(switched, unwatched.namespace)).toEqual({ k: 'old' });
  await switched.request(unwatched.namespace, 'apps');
  expect(await dataOf(switched, unwatched.namespace)).toEqual({ k: 'new' });
});

/** A kind that gains a v1, which then gains a field with a default inside a list. */
function crd(group: string, stage: 'v1beta1' | 'v1' | 'v1 with default'): KubeObject {
  const schema = (more: object) => ({
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            every: { type: 'string' },
            parts: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  from: { type: 'object', properties: { key: { type: 'string' }, ...more } },
                },
              },
            },
          },
        },
      },
    },
  });
  const old = { name: 'v1beta1', served: true, storage: stage === 'v1beta1', schema: schema({}) };
  const nulls = { type: 'string', default: 'Ignore' };
  const fresh = {
    name: 'v1',
    served: true,
    storage: true,
    schema: schema(stage === 'v1' ? {} : { nulls }),
  };
  const names = { kind: 'Widget', plural: 'widgets', singular: 'widget' };
  const versions = stage === 'v1beta1' ? [old] : [old, fresh];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: { group, names, scope: 'Namespaced', versions },
  };
}

async function upgraded(
  harness: KustomizeHarness,
): Promise<Record<'namespace' | 'group' | 'revision', string>> {
  const namespace = await harness.tenant('tenant', 'cluster-admin');
  const group = `${freshName('widgets')}.example.org`;
  const widget = (version: string, every: string) =>
    JSON.stringify({
      apiVersion: `${group}/${version}`,
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { every, parts: [{ from: { key: 'a' } }] },
    });
  await applyAll(harness.admin, [crd(group, 'v1beta1')]);
  await harness.publish({ 'w.yaml': widget('v1beta1', '1h') }, { namespace });
  await harness.deploy(namespace, 'apps', { serviceAccountName: account });
  await harness.ready(namespace, 'apps');
  const noted = { metadata: { name: 'w', namespace, annotations: { by: 'other' } } };
  const old = { apiVersion: `${group}/v1beta1`, kind: 'Widget', ...noted };
  const type = await harness.type(old.apiVersion, 'Widget');
  await harness.admin.apply(type, old, { fieldManager: 'other' });
  await applyAll(harness.admin, [crd(group, 'v1')]);
  await harness.ready(
    namespace,
    'apps',
    await harness.publish({ 'w.yaml': widget('v1', '1h') }, { namespace }),
  );
  await applyAll(harness.admin, [crd(group, 'v1 with default')]);
  // The API server goes on by the old definition for a moment.
  await eventually('the default is known', async () => {
    const body = { ...JSON.parse(widget('v1', '1h')), metadata: { name: 'probe', namespace } };
    const widgets = await harness.type(`${group}/v1`, 'Widget');
    const made = await harness.admin.create(widgets, body, { dryRun: true });
    return JSON.stringify(made).includes('Ignore');
  });
  const revision = await harness.publish({ 'w.yaml': widget('v1', '2h') }, { namespace });
  return { namespace, group, revision };
}

it('an apply fails while managedFields name a version without the field', async () => {
  const { namespace } = await upgraded(usual);
  const { message } = await usual.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toBe(`Widget/${namespace}/w: the API server answered 500 InternalError`);
});

it('MigrateAPIVersion: they are rewritten to the version that is applied', async () => {
  const { namespace, group, revision } = await upgraded(switched);
  await switched.ready(namespace, 'apps', revision);
  const object = await switched.read(`${group}/v1`, 'Widget', { namespace, name: 'w' });
  expect(object?.['spec']).toMatchObject({ every: '2h', parts: [{ from: { nulls: 'Ignore' } }] });
  const { managedFields = [] } = object?.metadata ?? {};
  expect(new Set(managedFields.map(({ manager }) => manager))).toEqual(
    new Set(['kustomize-controller', 'other']),
  );
  expect(new Set(managedFields.map(({ apiVersion }) => apiVersion))).toEqual(
    new Set([`${group}/v1`]),
  );
});
