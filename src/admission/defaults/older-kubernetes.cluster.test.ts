import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { hostsAnnotation } from '../../access/ingresses/host-paths.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Kubernetes before 1.36, which has no policies that change anything: webhooks do that part. */
let cluster: TenancyPlane;
const [oil, alice] = [freshName('oil'), freshName('alice')];
const namespace = `${oil}-apps`;
const owner = () => ({ as: alice, asGroups: [cluster.group] });
const forTenant = { 'capsule.clastix.io/managed-by': oil, 'projectcapsule.dev/tenant': oil };

beforeAll(async () => {
  cluster = await startTenancyPlane({}, freshName('config'), { emulates: '1.35' });
  await cluster.tenant(oil, {
    owners: [{ kind: 'User', name: alice }],
    storageClasses: { default: 'fast', allowed: ['fast'] },
    ingressOptions: { hostnameCollisionScope: 'Tenant' },
    rules: [
      {
        enforce: {
          metadata: [
            { kinds: ['ConfigMap'], labels: { stage: { default: 'dev' }, team: { managed: 'a' } } },
            { kinds: ['Namespace'], labels: { tier: { default: 'free' } } },
          ],
          workloads: {
            targets: ['pod/containers'],
            resources: { requests: { cpu: { policy: 'Default', value: '100m' } } },
          },
        },
      },
    ],
  });
  await cluster.namespace(namespace, oil, alice);
  await eventually('the namespace has its rules', async () => {
    const get = ['-n', namespace, 'get', 'rulestatus', 'capsule-managed-rules'];
    return (await cluster.kubectl(get)).code === 0;
  });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const create = (object: object, options: object = owner()) =>
  cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(object), ...options });
const configMap = (name: string, labels?: object, where = namespace) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: where, labels },
});
const ingress = (name: string, host: string, annotations = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace, annotations },
  spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } }, rules: [{ host }] },
});
const labelsOf = async (kind: string, name: string, where = namespace) =>
  (await cluster.get('-n', where, kind, name)).metadata.labels;

test('there are no mutating policies here', async () => {
  const { stderr } = await cluster.kubectl(['get', 'mutatingadmissionpolicies']);
  expect(stderr).toContain(`doesn't have a resource type`);
});

describe('what is written in a namespace of a tenant', () => {
  test('is labelled with the tenant and by its rules, whatever its writer says', async () => {
    const forged = { 'projectcapsule.dev/tenant': 'gas', team: 'b', stage: 'prod' };
    expect(await create(configMap('forged', forged))).toMatchObject({ code: 0 });
    expect(await create(configMap('plain'))).toMatchObject({ code: 0 });
    expect(await labelsOf('configmap', 'forged')).toEqual({
      ...forTenant,
      team: 'a',
      stage: 'prod',
    });
    const patch = ['patch', 'configmap', 'plain', '--type=json', '-p'];
    const removal = JSON.stringify([{ op: 'remove', path: '/metadata/labels' }]);
    await cluster.kubectlOk(['-n', namespace, ...patch, removal], owner());
    expect(await labelsOf('configmap', 'plain')).toEqual({ ...forTenant, team: 'a', stage: 'dev' });
  });

  test('is elsewhere left as it is', async () => {
    expect(await create(configMap('plain', undefined, 'default'), {})).toMatchObject({ code: 0 });
    expect(await labelsOf('configmap', 'plain', 'default')).toBeUndefined();
  });

  test('has its defaults, when a controller of the cluster makes it, too', async () => {
    const labels = { app: 'web' };
    const containers = [{ name: 'web', image: 'registry.example/web:1' }];
    await cluster.apply(
      [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', namespace },
          spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers } },
          },
        },
      ],
      owner(),
    );
    await eventually('the pod is there', async () => {
      const { items = [] } = await cluster.get('-n', namespace, 'pods', '-l', 'app=web');
      const [pod] = items as (KubeObject & { spec: { containers: object[] } })[];
      if (!pod) return false;
      expect(pod.metadata.labels).toMatchObject(forTenant);
      expect(pod.spec.containers).toMatchObject([{ resources: { requests: { cpu: '100m' } } }]);
      return true;
    });
  });

  test('gets its class', async () => {
    const resources = { requests: { storage: '1Gi' } };
    const spec = { accessModes: ['ReadWriteOnce'], resources };
    const metadata = { name: 'data', namespace };
    expect(
      await create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec }),
    ).toMatchObject({ code: 0 });
    expect(await cluster.get('-n', namespace, 'pvc', 'data')).toMatchObject({
      spec: { storageClassName: 'fast' },
    });
  });

  test('is compared with others, though it says that it was', async () => {
    expect(await create(ingress('first', 'a.example'))).toMatchObject({ code: 0 });
    const second = ingress('second', 'a.example', { [hostsAnnotation]: 'checked' });
    expect(await create(second)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a.example'),
    });
  });
});

describe('a namespace', () => {
  test('is of the tenant that its owner owns, and stays so', async () => {
    const name = `${oil}-more`;
    const labels = { 'capsule.clastix.io/tenant': oil };
    const reference = {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      name: 'gas',
      uid: 'x',
    };
    const metadata = { name, labels, ownerReferences: [reference] };
    expect(await create({ apiVersion: 'v1', kind: 'Namespace', metadata })).toMatchObject({
      code: 0,
    });
    await cluster.kubectlOk(['label', 'ns', name, 'capsule.clastix.io/tenant-'], owner());
    const stored = await cluster.get('ns', name);
    expect(stored.metadata.ownerReferences).toMatchObject([{ kind: 'Tenant', name: oil }]);
    expect(stored.metadata.labels).toMatchObject({
      'capsule.clastix.io/tenant': oil,
      tier: 'free',
    });
  });
});

describe('with every process of ours stopped', () => {
  beforeAll(() => cluster.stopComponent());

  test.each([
    ['labels that a source may be shared by', { labels: { share: 'yes' } }],
    ['nodes of others', { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'a=b' } }],
  ])(
    'an owner gets no namespace with %s, by a reference that says it was looked at',
    async (_, more) => {
      const { uid = '' } = (await cluster.get('tenant', oil)).metadata;
      const ofTenant = { 'capsule.clastix.io/tenant': oil };
      const ownerReferences = [
        { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', name: oil, uid },
      ];
      const make = (metadata: { labels?: object }) =>
        create({
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: {
            ...metadata,
            name: freshName(oil),
            labels: { ...metadata.labels, ...ofTenant },
          },
        });
      expect(await make({ ...more, ownerReferences } as object)).toMatchObject({ code: 1 });
      expect(await make({})).toMatchObject({ code: 0 });
    },
  );

  test('what has no default goes on, and what only a webhook can look at waits', async () => {
    expect(await create(configMap('alone'))).toMatchObject({ code: 0 });
    const spoofed = ingress('third', 'a.example', { [hostsAnnotation]: 'checked' });
    expect(await create(spoofed)).toMatchObject({ code: 1 });
  });
});
