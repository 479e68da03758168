import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../../test/support/cluster.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../../test/support/tenancy-plane.ts';

/** What a Tenant says becomes what the API server refuses, and stays so with us stopped. */
let cluster: TenancyPlane;
const oil = freshName('oil');
const alice = freshName('alice');
const namespace = `${oil}-apps`;

const storageClass = (name: string, labels: object = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, labels },
  provisioner: 'none.example',
});
const priorityClass = (name: string, value: number) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
});
const volume = (name: string, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels },
  spec: {
    capacity: { storage: '1Gi' },
    // What claims here do not ask for: none is bound to it by itself.
    accessModes: ['ReadWriteMany'],
    storageClassName: 'fast',
    hostPath: { path: '/nowhere' },
  },
});

beforeAll(async () => {
  cluster = await startTenancyPlane();
  await cluster.apply([
    storageClass('fast'),
    storageClass('gold'),
    storageClass('lent', { shared: 'true' }),
    priorityClass('batch', 7),
    volume('ours', { 'capsule.clastix.io/tenant': oil }),
    volume('theirs', { 'capsule.clastix.io/tenant': 'gas' }),
    volume('nobodys'),
  ]);
  await cluster.tenant(oil, {
    owners: [{ kind: 'User', name: alice }],
    storageClasses: { allowed: ['fast'], matchLabels: { shared: 'true' } },
    priorityClasses: { default: 'batch' },
    containerRegistries: { allowed: ['registry.example'] },
    serviceOptions: { allowedServices: { nodePort: false } },
  });
  await cluster.namespace(namespace, oil, alice);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const asAlice = () => ({ as: alice, asGroups: [cluster.group] });
const create = (object: object) =>
  cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
    ...asAlice(),
    input: JSON.stringify(object),
  });
const claim = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: freshName('data') },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
});
const pod = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: freshName('web') },
  spec: { containers: [{ name: 'web', image }] },
});
const storage = async () => {
  const { status } = await cluster.get('tenant', oil);
  return (status as { classes: { storage: string[] } }).classes.storage;
};
const refusedFor = (text: string) => ({ code: 1, stderr: expect.stringContaining(text) as string });

test('a new namespace has what the cluster puts into each', async () => {
  const { items = [] } = await cluster.get('-n', namespace, 'serviceaccounts,configmaps');
  const names = items.map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(['default', 'kube-root-ca.crt']));
});

describe('classes', () => {
  test('are allowed by name and by label, and shown in the status', async () => {
    expect(await create(claim({ storageClassName: 'fast' }))).toMatchObject({ code: 0 });
    expect(await create(claim({ storageClassName: 'lent' }))).toMatchObject({ code: 0 });
    expect(await create(claim({ storageClassName: 'gold' }))).toMatchObject(
      refusedFor('allowed: fast, lent'),
    );
    expect(await create(claim({}))).toMatchObject(refusedFor('must be named'));
    expect(await storage()).toEqual(['fast', 'lent']);
  });

  test('are followed as they are relabelled, made and deleted', async () => {
    await cluster.kubectlOk(['label', 'storageclass', 'gold', 'shared=true']);
    await cluster.kubectlOk(['delete', 'storageclass', 'fast']);
    await eventually('the status follows', async () => (await storage()).join() === 'gold,lent');
    await eventually('admission follows', async () => {
      return (await create(claim({ storageClassName: 'gold' }))).code === 0;
    });
    await cluster.apply([storageClass('fast')]);
    await cluster.kubectlOk(['label', 'storageclass', 'gold', 'shared-']);
    await eventually('it is taken away', async () => {
      return (await create(claim({ storageClassName: 'gold' }))).code === 1;
    });
    await eventually('the status says so', async () => (await storage()).join() === 'fast,lent');
  });

  test('a default PriorityClass that is missing is said, and known as soon as it exists', async () => {
    await cluster.kubectlOk(['delete', 'priorityclass', 'batch']);
    await eventually('Pods are refused', async () => {
      const { stderr } = await create(pod('registry.example/web'));
      return stderr.includes('default PriorityClass does not exist');
    });
    await cluster.apply([priorityClass('batch', 9)]);
    await eventually('Pods are made', async () => {
      return (await create(pod('registry.example/web'))).code === 0;
    });
    const { items = [] } = await cluster.get('-n', namespace, 'pods');
    expect(items[0]).toMatchObject({ spec: { priorityClassName: 'batch', priority: 9 } });
  });
});

describe.each(['with the control plane', 'with every process of ours stopped'])('%s', (state) => {
  beforeAll(async () => {
    if (state.includes('stopped')) await cluster.stopComponent();
  });

  test('what is not allowed is refused', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: freshName('web') },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    };
    expect(await create(pod('evil.example/web'))).toMatchObject(refusedFor('registry'));
    expect(await create(service)).toMatchObject(refusedFor('NodePort'));
    for (const volumeName of ['theirs', 'nobodys', 'none']) {
      expect(await create(claim({ storageClassName: 'fast', volumeName }))).toMatchObject(
        refusedFor('a claim may name a PersistentVolume'),
      );
    }
    const fake = { kind: 'RuleStatus', apiVersion: 'capsule.clastix.io/v1beta2', spec: [] };
    const admin = { as: 'nobody-special', asGroups: [cluster.group] };
    const { code } = await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
      ...admin,
      input: JSON.stringify({ ...fake, metadata: { name: 'mine' } }),
    });
    expect(code).toBe(1);
  });

  test('nor does a controller of the cluster make it for somebody', async () => {
    const name = freshName('web');
    const labels = { app: name };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod('evil.example/web').spec },
      },
    };
    expect(await create(deployment)).toMatchObject({ code: 0 });
    await eventually('its ReplicaSet is refused', async () => {
      const { status } = await cluster.get('-n', namespace, 'deployment', name);
      return JSON.stringify(status).includes('registry that the tenant may use');
    });
  });

  test('a volume of the tenant may be named', async () => {
    const own = { storageClassName: 'fast', volumeName: 'ours' };
    const { code, stderr } = await cluster.kubectl(
      ['-n', namespace, 'create', '--dry-run=server', '-f', '-'],
      { ...asAlice(), input: JSON.stringify(claim(own)) },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('what is of no tenant is left alone', async () => {
    const name = freshName('free');
    await cluster.kubectlOk(['create', 'namespace', name]);
    await eventually('it has its ServiceAccount', async () => {
      return (await cluster.kubectl(['-n', name, 'get', 'sa', 'default'])).code === 0;
    });
    for (const object of [pod('evil.example/web'), claim({}), claim({ volumeName: 'theirs' })]) {
      await cluster.kubectlOk(['-n', name, 'create', '-f', '-'], { input: JSON.stringify(object) });
    }
    const { items = [] } = await cluster.get('-n', name, 'pods,pvc');
    expect(items).toHaveLength(3);
    for (const { metadata } of items) expect(metadata.labels).toBeUndefined();
    await cluster.kubectlOk(['-n', 'kube-system', 'create', 'configmap', freshName('x')]);
  });
});
