import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestedAtAnnotation } from '../../src/api/annotations.ts';
import { installManifests } from '../../src/api/install/manifests.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/kube/object.ts';
import { configMap, gitRepository, home, kustomization } from '../support/estate-objects.ts';
import { configMaps, events, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import { kstatusOf } from '../support/invariants.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import type { WithStatus } from '../support/settled.ts';

/** What the flux CLI sends and reads, command by command (docs/flux-cli.md), without the CLI. */
const tenant = 'fluxed';
const apps = { namespace: tenant, name: 'apps' };
const fleet = { namespace: home, name: 'fleet' };
const partOf = 'app.kubernetes.io/part-of=flux';
const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

let estate: Estate;
let manager: ManagerProcess;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant] });
  manager = await estate.startManager();
  const write = { [`${tenant}/settings.yaml`]: configMap('settings', 'first') };
  await estate.git.commit('fleet', { write });
  await estate.deploy(tenant);
  await estate.request();
  await estate.equalsGit({ [tenant]: 1 });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

const both: [string, ResourceType, ObjectKey][] = [
  ['source git', GitRepository.type, fleet],
  ['kustomization', Kustomization.type, apps],
];
const read = (type: ResourceType, key: ObjectKey) => estate.admin.get<WithStatus>(type, key);
const patch = (type: ResourceType, key: ObjectKey, body: object) =>
  estate.admin.patch<WithStatus>(type, key, { type: 'merge', body: body as never });
const readyOf = ({ status }: WithStatus) =>
  status?.conditions?.find(({ type }) => type === 'Ready');

/** `flux reconcile` polls until the request was handled, and judges the object as kstatus does. */
async function reconcile(type: ResourceType, key: ObjectKey): Promise<WithStatus> {
  const before = (await read(type, key)).status?.lastHandledReconcileAt;
  const token = new Date().toISOString();
  await patch(type, key, { metadata: { annotations: { [requestedAtAnnotation]: token } } });
  return eventually('the request is handled', async () => {
    const object = await read(type, key);
    const isHandled = object.status?.lastHandledReconcileAt !== before;
    return isHandled && kstatusOf(object) !== 'InProgress' ? object : undefined;
  });
}

describe.each(both)('flux reconcile %s', (_, type, key) => {
  test('is handled, and then the object is current for its generation', async () => {
    const object = await reconcile(type, key);
    expect(kstatusOf(object)).toBe('Current');
    expect(readyOf(object)?.status).toBe('True');
  });
});

test('flux reconcile of what is denied fails at once, with the message of Ready', async () => {
  const key = { namespace: 'default', name: 'denied' };
  await estate.apply(kustomization(key));
  await estate.settled('Kustomization', key, { ready: 'False', reason: 'AccessDenied' });
  const object = await reconcile(Kustomization.type, key);
  expect(kstatusOf(object)).toBe('Failed');
  expect(readyOf(object)).toMatchObject({ status: 'False', reason: 'AccessDenied' });
  await estate.admin.delete(Kustomization.type, key);
});

describe.each(both)('flux suspend and resume %s', (_, type, key) => {
  test('resume waits for Ready of the generation it made', async () => {
    await patch(type, key, { spec: { suspend: true } });
    const { metadata } = await patch(type, key, { spec: { suspend: false } });
    const object = await eventually('it is ready again', async () => {
      const found = await read(type, key);
      const isObserved = found.status?.observedGeneration === metadata.generation;
      return isObserved && kstatusOf(found) === 'Current' ? found : undefined;
    });
    expect(readyOf(object)?.observedGeneration).toBe(metadata.generation);
  });
});

test('flux create and delete: a source becomes current, and its finalizer lets it go', async () => {
  const key = { namespace: tenant, name: 'mine' };
  const object = gitRepository(key, { url: estate.git.url('fleet') });
  await estate.admin.create(GitRepository.type, object);
  await eventually('it is current', async () => {
    const found = await read(GitRepository.type, key);
    return kstatusOf(found) === 'Current' ? found : undefined;
  });
  await estate.admin.delete(GitRepository.type, key, { propagationPolicy: 'Background' });
  await eventually('it is gone', async () => {
    const { items } = await estate.admin.list(GitRepository.type, { namespace: tenant });
    return items.length === 0 ? true : undefined;
  });
});

test('flux get by name: a list with a field selector, and a revision', async () => {
  const fieldSelector = 'metadata.name=apps';
  const { items } = await estate.admin.list<WithStatus>(Kustomization.type, {
    namespace: tenant,
    fieldSelector,
  });
  expect(items.map(({ status }) => status?.lastAppliedRevision)).toEqual([await estate.tip()]);
  const source = await read(GitRepository.type, fleet);
  expect(source.status?.artifact?.revision).toBe(await estate.tip());
});

test('flux trace: the labels of what was applied lead to the Kustomization', async () => {
  const { metadata } = await estate.admin.get(configMaps, { namespace: tenant, name: 'settings' });
  expect(metadata.labels).toMatchObject({
    'kustomize.toolkit.fluxcd.io/name': apps.name,
    'kustomize.toolkit.fluxcd.io/namespace': apps.namespace,
  });
});

test('flux tree: the inventory names every object by id and version', async () => {
  const { status } = await read(Kustomization.type, apps);
  // Beside what upstream writes there is the uid.
  expect(status?.inventory?.entries).toEqual([
    { id: `${tenant}_settings__ConfigMap`, v: 'v1', u: expect.any(String) },
  ]);
});

test('flux stats: the size of what is stored', async () => {
  const { status } = await read(GitRepository.type, fleet);
  expect(status?.artifact).toMatchObject({ size: expect.any(Number) });
});

test.each([
  ['Kustomization', apps, 'kustomize.toolkit.fluxcd.io/v1', 'kustomize-controller'],
  ['GitRepository', fleet, 'source.toolkit.fluxcd.io/v1', 'source-controller'],
])('flux events --for %s', async (kind, { namespace, name }, apiVersion, component) => {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const found = await eventually('events arrive', async () => {
    const { items } = await estate.admin.list(events, { namespace, fieldSelector });
    return items.length > 0 ? items : undefined;
  });
  expect(found[0]).toMatchObject({
    involvedObject: { apiVersion, kind, namespace, name },
    source: { component },
    lastTimestamp: expect.any(String),
    type: expect.stringMatching(/^(Normal|Warning)$/),
  });
});

test('flux check, migrate and uninstall: CRDs by label, with a version and stored versions', async () => {
  const { items } = await estate.admin.list(definitions, { labelSelector: partOf });
  expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual([
    'gitrepositories.source.toolkit.fluxcd.io',
    'kustomizations.kustomize.toolkit.fluxcd.io',
  ]);
  for (const { metadata, status } of items as (KubeObject & {
    status?: { storedVersions?: string[] };
  })[]) {
    expect(metadata.labels?.['app.kubernetes.io/version']).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(status?.storedVersions).toEqual(['v1']);
  }
});

test('flux version and logs: the Deployment, its image tag, its pods and their container', () => {
  const deployment = installManifests(defaultInstallOptions).find(
    ({ kind }) => kind === 'Deployment',
  );
  const labels = { 'app.kubernetes.io/part-of': 'flux', 'app.kubernetes.io/instance': home };
  expect(deployment?.metadata.labels).toMatchObject(labels);
  expect(deployment?.['spec']).toMatchObject({
    template: {
      metadata: { labels: { ...labels, app: expect.any(String) } },
      spec: {
        containers: [{ name: 'manager', image: expect.stringMatching(/:v\d+\.\d+\.\d+$/) }],
      },
    },
  });
});

test('flux logs: a line of JSON says when, what, and of which object', () => {
  const lines = manager.log.filter(({ controllerKind }) => controllerKind === 'Kustomization');
  expect(lines).toContainEqual(
    expect.objectContaining({
      ts: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
      level: 'info',
      msg: expect.any(String),
      controllerKind: 'Kustomization',
      name: apps.name,
      namespace: apps.namespace,
    }),
  );
});
