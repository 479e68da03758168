import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterContext, freshName } from '../../test/support/cluster.ts';
import { isConflict, isInvalid, isNotFound, type KubeApiError } from './api-error.ts';
import { fieldConflictsOf } from './apply.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { configMapType, namespaceType } from './core-resources.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeObject, ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const namespace = freshName('client');
const records: RequestRecord[] = [];
let client: ClosableClient;

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data,
});

beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster, onRequest: (record) => records.push(record) });
  await client.create(namespaceType, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
});

afterAll(async () => {
  await client.delete(namespaceType, { name: namespace });
  await client.close();
});

test('create, get, replace, patch, delete', async () => {
  const key = { namespace, name: 'crud' };
  const created = await client.create<ConfigMap>(configMapType, configMap('crud', { a: '1' }));
  expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  const replaced = await client.replace<ConfigMap>(configMapType, { ...created, data: { a: '2' } });
  const patched = await client.patch<ConfigMap>(configMapType, key, {
    type: 'merge',
    body: { data: { a: null, b: '3' } },
  });
  expect([replaced.data, patched.data]).toEqual([{ a: '2' }, { b: '3' }]);
  const operations = [{ op: 'replace', path: '/data/b', value: '4' }];
  await client.patch(configMapType, key, { type: 'json', body: operations });
  expect((await client.get<ConfigMap>(configMapType, key)).data).toEqual({ b: '4' });
  await client.delete(configMapType, key);
  await expect(client.get(configMapType, key)).rejects.toSatisfy(isNotFound);
});

test('a dry run says what would be and leaves nothing', async () => {
  const created = await client.create(configMapType, configMap('dry'), { dryRun: true });
  expect(created.metadata.uid).toBeDefined();
  const applied = await client.apply(configMapType, configMap('dry'), {
    fieldManager: 'test',
    dryRun: true,
  });
  expect(applied.created).toBe(true);
  await expect(client.get(configMapType, { namespace, name: 'dry' })).rejects.toSatisfy(isNotFound);
});

describe('server-side apply', () => {
  test('tells creation from change, and changes nothing when nothing changed', async () => {
    const options = { fieldManager: 'test' };
    const first = await client.apply(configMapType, configMap('ssa', { a: '1' }), options);
    const again = await client.apply(configMapType, configMap('ssa', { a: '1' }), options);
    expect([first.created, again.created]).toEqual([true, false]);
    expect(again.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
  });

  test('names who has a field that it does not take, and takes it when forced', async () => {
    await client.apply(configMapType, configMap('owned', { a: '1' }), { fieldManager: 'first' });
    const other = configMap('owned', { a: '2' });
    const refused = await client
      .apply(configMapType, other, { fieldManager: 'second' })
      .catch((error: unknown) => error);
    expect(isConflict(refused)).toBe(true);
    expect(fieldConflictsOf(refused)).toEqual([{ field: '.data.a', manager: 'first' }]);
    const forced = await client.apply<ConfigMap>(configMapType, other, {
      fieldManager: 'second',
      force: true,
    });
    expect(forced.object.data).toEqual({ a: '2' });
  });
});

describe('refusals', () => {
  test('a stale resourceVersion is a conflict', async () => {
    const created = await client.create(configMapType, configMap('stale'));
    await client.patch(
      configMapType,
      { namespace, name: 'stale' },
      { type: 'merge', body: { data: { a: '1' } } },
    );
    await expect(client.replace(configMapType, created)).rejects.toSatisfy(isConflict);
  });

  test('a delete of another object of the same name is a conflict', async () => {
    await client.create(configMapType, configMap('precondition'));
    const key = { namespace, name: 'precondition' };
    const wrong = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
    await expect(client.delete(configMapType, key, wrong)).rejects.toSatisfy(isConflict);
    expect((await client.get(configMapType, key)).metadata.name).toBe('precondition');
  });

  test('what the API server finds invalid names the field', async () => {
    const bad = { ...configMap('invalid'), data: { 'not a key!': 'x' } };
    const error = await client.create(configMapType, bad).catch((error: unknown) => error);
    expect(isInvalid(error)).toBe(true);
    expect((error as KubeApiError).causes[0]?.field).toBe('data[not a key!]');
  });

  test('a kind that is not served is not found', async () => {
    const unknown = { ...configMapType, group: 'no.example', plural: 'things' };
    await expect(client.list(unknown)).rejects.toSatisfy(isNotFound);
  });
});

describe('lists', () => {
  test('follow all pages, in one consistent order', async () => {
    const names = Array.from({ length: 23 }, (_, i) => `page-${String(i).padStart(2, '0')}`);
    await Promise.all(
      names.map((name) => {
        const object = configMap(name);
        object.metadata.labels = { test: 'paging' };
        return client.create(configMapType, object);
      }),
    );
    const before = records.length;
    const list = await client.list(configMapType, {
      namespace,
      labelSelector: 'test=paging',
      limit: 5,
    });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(
      list.items.every(({ kind, apiVersion }) => `${apiVersion}/${kind}` === 'v1/ConfigMap'),
    ).toBe(true);
    expect(Number(list.resourceVersion)).toBeGreaterThan(0);
    expect(records.length - before).toBe(5);
  });

  test('of metadata carry no data', async () => {
    await client.create(configMapType, configMap('meta', { secret: 'payload' }));
    const { items } = await client.list<ConfigMap>(configMapType, {
      namespace,
      fieldSelector: 'metadata.name=meta',
      metadataOnly: true,
    });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'meta' } });
    expect(items[0]?.data).toBeUndefined();
  });
});

test('int64 beyond 2^53 survives the round trip through a custom resource', async () => {
  const group = `${freshName('int')}.example.org`;
  const definitions: ResourceType = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  };
  const integer = { type: 'integer', format: 'int64' };
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { big: integer, small: integer } } },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `counters.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Counter', plural: 'counters' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  await client.create(definitions, definition);
  const counters = { group, version: 'v1', kind: 'Counter', plural: 'counters', namespaced: true };
  const big = 2n ** 63n - 1n;
  const counter = {
    apiVersion: `${group}/v1`,
    kind: 'Counter',
    metadata: { namespace, name: 'c' },
    spec: { big, small: 7 },
  };
  await expect.poll(() => client.list(counters, { namespace }).catch(() => null)).not.toBeNull();
  await client.apply(counters, counter, { fieldManager: 'test' });
  const read = await client.get(counters, { namespace, name: 'c' });
  expect(read['spec']).toEqual({ big, small: 7 });
  const again = await client.replace(counters, read);
  expect(again['spec']).toEqual({ big, small: 7 });
  // kubectl-side truth: the text on the wire, not our own reading of it.
  const raw = await client.raw<{ spec: { big: bigint } }>({
    method: 'GET',
    path: `/apis/${group}/v1/namespaces/${namespace}/counters/c`,
  });
  expect(String(raw.spec.big)).toBe('9223372036854775807');
  await client.delete(definitions, { name: `counters.${group}` });
});

test('raw reaches what is no resource, as text or JSON', async () => {
  expect(await client.raw({ method: 'GET', path: '/healthz' })).toBe('ok');
  expect(await client.raw<{ major: string }>({ method: 'GET', path: '/version' })).toMatchObject({
    major: '1',
  });
});
