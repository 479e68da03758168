import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import type { KubeObject } from '../../../kube/object.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const immutable = (value: string, annotations: Record<string, string> = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations },
    immutable: true,
    data: { value },
  });
const read = (namespace: string) => harness.read('v1', 'ConfigMap', { namespace, name: 'a' });

async function deployed(text: string, spec = {}): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': text }, { namespace });
  await harness.deploy(namespace, 'apps', spec);
  await harness.ready(namespace, 'apps');
  return namespace;
}

it('an immutable change fails, names the field, and leaves the object alone', async () => {
  const namespace = await deployed(immutable('1'));
  const before = await read(namespace);
  await harness.publish({ 'a.yaml': immutable('2') }, { namespace });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain(`ConfigMap/${namespace}/a: `);
  expect(message).toContain('immutable');
  expect((await read(namespace))?.metadata.uid).toBe(before?.metadata.uid);
});

it('force recreates the object', async () => {
  const namespace = await deployed(immutable('1'), { force: true });
  const before = await read(namespace);
  const revision = await harness.publish({ 'a.yaml': immutable('2') }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  const after = await read(namespace);
  expect(after?.['data']).toEqual({ value: '2' });
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
});

it('force can be asked for by the object alone', async () => {
  const namespace = await deployed(immutable('1'));
  const marked = immutable('2', { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' });
  const revision = await harness.publish({ 'a.yaml': marked }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect((await read(namespace))?.['data']).toEqual({ value: '2' });
});

it('force deletes nothing for the sake of a manifest that is invalid in itself', async () => {
  const namespace = await deployed(immutable('1'), { force: true });
  const before = await read(namespace);
  const broken = JSON.parse(immutable('2')) as { data: Record<string, string> };
  broken.data = { 'not a key!': 'x' };
  await harness.publish({ 'a.yaml': JSON.stringify(broken) }, { namespace });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toMatch(
    /immutable.*; it is not replaced, as it could not be made anew: .*not a key!/s,
  );
  expect((await read(namespace))?.metadata.uid).toBe(before?.metadata.uid);
});

it('force replaces what fills a quota by itself', async () => {
  const namespace = await deployed(immutable('1'), { force: true });
  const before = await read(namespace);
  const type = await harness.type('v1', 'ResourceQuota');
  // Kubernetes' own root certificate is the other.
  const spec = { hard: { 'count/configmaps': '2' } };
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace },
    spec,
  };
  await harness.admin.create(type, quota);
  const used = async () => {
    const { status } = (await harness.read('v1', 'ResourceQuota', { namespace, name: 'full' })) as {
      status?: { used?: Record<string, string> };
    };
    return status?.used?.['count/configmaps'];
  };
  await expect.poll(used).toBe('2');
  const revision = await harness.publish({ 'a.yaml': immutable('2') }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  expect((await read(namespace))?.metadata.uid).not.toBe(before?.metadata.uid);
});

it('force replaces a Service that keeps its address and port', async () => {
  const service = (spec: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: { type: 'LoadBalancer', loadBalancerClass: 'example.org/one', ...spec },
    });
  const readService = async (namespace: string) =>
    (await harness.read('v1', 'Service', { namespace, name: 'a' })) as KubeObject & {
      spec: { clusterIP: string; ports: object[]; loadBalancerClass: string };
    };
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  const namespace = await deployed(service({ ports }), { force: true });
  const before = await readService(namespace);
  const { clusterIP } = before.spec;
  const kept = { clusterIP, ports: before.spec.ports, loadBalancerClass: 'example.org/two' };
  const revision = await harness.publish({ 'a.yaml': service(kept) }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  const after = await readService(namespace);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(after.spec).toMatchObject(kept);
});

it('an object held by a finalizer is replaced as soon as it is let go', async () => {
  const namespace = await deployed(immutable('1'), { force: true });
  const type = await harness.type('v1', 'ConfigMap');
  const hold = (finalizers: string[]) =>
    harness.admin.patch(
      type,
      { namespace, name: 'a' },
      { type: 'merge', body: { metadata: { finalizers } } },
    );
  await hold(['example.org/hold']);
  const revision = await harness.publish({ 'a.yaml': immutable('2') }, { namespace });
  await harness.until(namespace, 'apps', ({ status }) =>
    Boolean(status?.conditions?.some(({ message }) => message.includes('is being deleted'))),
  );
  await hold([]);
  await harness.ready(namespace, 'apps', revision);
  expect((await read(namespace))?.['data']).toEqual({ value: '2' });
});
