import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

const oil = freshName('oil');
let harness: TenancyPlane;
let apps: string;

beforeAll(async () => {
  harness = await startTenancyPlane();
  await harness.tenant(oil, { owners: [{ kind: 'User', name: 'alice' }] });
  apps = await harness.freshNamespace(oil);
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const pod = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { containers: [{ name: 'app', image: 'registry.example/app' }] },
});
const service = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
});
const settings = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});
const labelsOf = async (...args: string[]) => (await harness.get(...args)).metadata.labels ?? {};

test('Pods and Services of a tenant get its metadata, those of others do not', async () => {
  const other = freshName('other');
  await harness.kubectlOk(['create', 'namespace', other]);
  await harness.kubectlOk(['-n', apps, 'create', 'serviceaccount', 'default']).catch(() => {});
  await eventually('the account is there', async () => {
    const accounts = [apps, other].map((namespace) =>
      harness.kubectl(['-n', namespace, 'get', 'serviceaccount', 'default']),
    );
    return (await Promise.all(accounts)).every(({ code }) => code === 0);
  });
  await harness.apply([pod(apps, 'before'), service(apps), pod(other, 'theirs')]);
  await harness.tenant(oil, {
    podOptions: { additionalMetadata: { labels: { cost: 'oil' }, annotations: { note: 'pod' } } },
    serviceOptions: { additionalMetadata: { labels: { zone: 'oil' } } },
  });
  await eventually('the pod that was there has it', async () => {
    const { metadata } = await harness.get('-n', apps, 'pod', 'before');
    return metadata.labels?.['cost'] === 'oil' && metadata.annotations?.['note'] === 'pod';
  });
  await harness.apply([pod(apps, 'after')]);
  await eventually('a new one gets it', async () => {
    return (await labelsOf('-n', apps, 'pod', 'after'))['cost'] === 'oil';
  });
  await eventually('the Service has its own', async () => {
    return (await labelsOf('-n', apps, 'service', 'web'))['zone'] === 'oil';
  });
  await eventually('and its EndpointSlices', async () => {
    const { items = [] } = await harness.get('-n', apps, 'endpointslices');
    return items.length > 0 && items.every(({ metadata }) => metadata.labels?.['zone'] === 'oil');
  });
  expect(await labelsOf('-n', other, 'pod', 'theirs')).not.toHaveProperty('cost');
});

test('a value that somebody changes is put right', async () => {
  await harness.kubectlOk(['-n', apps, 'label', '--overwrite', 'pod', 'before', 'cost=gas']);
  await eventually('it is', async () => {
    return (await labelsOf('-n', apps, 'pod', 'before'))['cost'] === 'oil';
  });
});

test('a volume bears the tenant that claimed it, whatever somebody writes there', async () => {
  const volume = (name: string, namespace: string, labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/nowhere' },
      claimRef: { namespace, name: 'data' },
    },
  });
  const label = 'capsule.clastix.io/tenant';
  const [claimed, stale, free] = [freshName('pv'), freshName('pv'), freshName('pv')];
  await harness.apply([
    volume(claimed, apps, {}),
    volume(stale, apps, { [label]: 'gas' }),
    volume(free, 'default', { [label]: 'gas' }),
  ]);
  for (const name of [claimed, stale]) {
    await eventually('it is labelled', async () => {
      return (await labelsOf('pv', name))[label] === oil;
    });
  }
  expect((await labelsOf('pv', free))[label]).toBe('gas');
  await harness.kubectlOk(['label', '--overwrite', 'pv', claimed, `${label}=`]);
  await eventually('it is labelled again', async () => {
    return (await labelsOf('pv', claimed))[label] === oil;
  });
});

test('what is in a namespace that changed tenants is labelled anew, also if nobody looked then', async () => {
  const gas = freshName('gas');
  await harness.tenant(gas, { owners: [{ kind: 'User', name: 'bob' }] });
  const moved = await harness.freshNamespace(oil);
  const label = 'capsule.clastix.io/managed-by';
  const names = ['one', 'two'];
  await harness.apply(names.map((name) => settings(moved, name)));
  const labels = async () =>
    await Promise.all(
      [...names.map((name) => ['configmap', name]), ['serviceaccount', 'default']].map(
        async (what) => (await labelsOf('-n', moved, ...what))[label],
      ),
    );
  const are = (tenant: string | undefined) =>
    eventually(`all are of ${tenant ?? 'nobody'}`, async () => {
      expect(await labels()).toEqual([tenant, tenant, tenant]);
      return true;
    });
  await are(oil);
  await harness.stopComponent();
  const change = (tenant: string | null) => {
    const labels = { 'capsule.clastix.io/tenant': tenant };
    const body = { metadata: { labels, ...(tenant === null && { ownerReferences: null }) } };
    return harness.kubectlOk([
      'patch',
      'namespace',
      moved,
      '--type=merge',
      '-p',
      JSON.stringify(body),
    ]);
  };
  await change(gas);
  expect(await labels()).toContain(oil);
  await harness.startComponent();
  await are(gas);
  await change(null);
  await are(undefined);
});
