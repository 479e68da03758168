import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBench, installWidgets, type Bench, type Widget } from '../../test/support/widget.ts';
import type { KubeObject } from '../kube/object.ts';
import type { ReadCache } from './cache/read-cache.ts';
import { addFinalizer, removeFinalizer, type FinalizerTarget } from './finalizer.ts';
import { writeStatus, type StatusTarget } from './status-writer.ts';

let bench: Bench;
let count = 0;
let name: string;

beforeAll(async () => {
  bench = await createBench(await installWidgets());
});
afterAll(() => bench.close());
beforeEach(() => {
  name = `w${++count}`;
});

const finalizerTarget = (): FinalizerTarget => ({
  client: bench.client,
  type: bench.type,
  finalizer: 'tenantry.dev/ours',
  fieldManager: 'test',
});
const theirs = 'example.com/theirs';

async function made(metadata: object = {}): Promise<Widget> {
  await bench.put(name, {}, metadata);
  return (await bench.get(name))!;
}

async function madeAnew(old: Widget): Promise<Widget> {
  await bench.edit(old.metadata.name, { metadata: { finalizers: null } });
  await bench.remove(old.metadata.name);
  return await made({ finalizers: ['tenantry.dev/ours'] });
}

describe('a status patch', () => {
  /** A writer whose cache shows `cached`, however old. */
  function target(cached: KubeObject | undefined) {
    const observed: KubeObject[] = [];
    const cache: Partial<ReadCache<KubeObject>> = {
      get: () => cached,
      observe: (object) => void observed.push(object),
    };
    const { client, type } = bench;
    const fieldManager = 'widget-controller';
    const target: StatusTarget = {
      client,
      type,
      fieldManager,
      cache: cache as ReadCache<KubeObject>,
    };
    return { target, observed };
  }

  test('changes what differs, whoever wrote the spec meanwhile, and shows in the cache', async () => {
    const widget = await made();
    await bench.edit(name, { spec: { size: 5 } });
    const { target: to, observed } = target(widget);
    expect(await writeStatus(to, widget, { built: 'x', parts: ['a'] })).toBe('written');
    const written = await bench.get(name);
    expect(written).toMatchObject({ spec: { size: 5 }, status: { built: 'x', parts: ['a'] } });
    expect(observed[0]?.metadata.resourceVersion).toBe(written?.metadata.resourceVersion);
    const entry = written?.metadata.managedFields?.find(({ subresource }) => subresource);
    expect(entry?.manager).toBe('widget-controller');
  });

  test('removes what is gone', async () => {
    const widget = await made();
    await writeStatus(target(widget).target, widget, { built: 'x', parts: ['a'] });
    const written = (await bench.get(name))!;
    await writeStatus(target(written).target, written, { parts: ['b'], built: undefined });
    expect((await bench.get(name))?.status).toEqual({ parts: ['b'] });
  });

  test('finds its way when the cache is behind', async () => {
    const widget = await made();
    await writeStatus(target(widget).target, widget, { built: 'x', parts: ['a'] });
    const stale = (await bench.get(name))!;
    const key = { namespace: bench.namespace, name };
    const clear = [{ op: 'remove', path: '/status' }];
    const { client, type } = bench;
    await client.patch(type, key, { type: 'json', body: clear }, { subresource: 'status' });
    const fields = { built: 'y', parts: undefined };
    expect(await writeStatus(target(stale).target, stale, fields)).toBe('written');
    expect((await bench.get(name))?.status).toEqual({ built: 'y' });
  });

  test('is not sent when nothing differs', async () => {
    const widget = await made();
    await writeStatus(target(widget).target, widget, { built: 'x' });
    const written = (await bench.get(name))!;
    expect(await writeStatus(target(written).target, written, { built: 'x' })).toBe('unchanged');
    const { resourceVersion } = (await bench.get(name))!.metadata;
    expect(resourceVersion).toBe(written.metadata.resourceVersion);
  });

  test('of an object that is gone is dropped', async () => {
    const widget = await made();
    await bench.remove(name);
    expect(await writeStatus(target(undefined).target, widget, { built: 'x' })).toBe('gone');
    expect(await writeStatus(target(widget).target, widget, { built: 'x' })).toBe('gone');
  });

  test('does not land on another object of that name', async () => {
    const old = await made();
    const anew = await madeAnew(old);
    expect(await writeStatus(target(old).target, old, { built: 'x' })).toBe('gone');
    expect(await writeStatus(target(anew).target, old, { built: 'x' })).toBe('gone');
    expect((await bench.get(name))?.status).toBeUndefined();
  });
});

describe('a finalizer', () => {
  test('is added beside those of others', async () => {
    const widget = await made({ finalizers: [theirs] });
    const added = await addFinalizer(finalizerTarget(), widget);
    expect(added?.metadata.finalizers).toEqual([theirs, 'tenantry.dev/ours']);
  });

  test('is not added to what changed meanwhile, nor to what is gone', async () => {
    const widget = await made();
    await bench.edit(name, { metadata: { finalizers: [theirs] } });
    expect(await addFinalizer(finalizerTarget(), widget)).toBeUndefined();
    expect((await bench.get(name))?.metadata.finalizers).toEqual([theirs]);
    await bench.edit(name, { metadata: { finalizers: null } });
    await bench.remove(name);
    expect(await addFinalizer(finalizerTarget(), widget)).toBeUndefined();
  });

  test('is removed without a word about those that came meanwhile', async () => {
    const widget = await made({ finalizers: ['tenantry.dev/ours'] });
    await bench.edit(name, { metadata: { finalizers: ['tenantry.dev/ours', theirs] } });
    const last = await removeFinalizer(finalizerTarget(), widget);
    expect(last?.metadata.finalizers).toEqual([theirs]);
  });

  test('that somebody else removed, or took along, is no failure', async () => {
    const widget = await made({ finalizers: ['tenantry.dev/ours'] });
    await bench.edit(name, { metadata: { finalizers: [theirs] } });
    const last = await removeFinalizer(finalizerTarget(), widget);
    expect(last?.metadata.finalizers).toEqual([theirs]);
    await bench.edit(name, { metadata: { finalizers: null } });
    await bench.remove(name);
    expect(await removeFinalizer(finalizerTarget(), widget)).toBeUndefined();
  });

  test('of another object of that name stays', async () => {
    const old = await made({ finalizers: ['tenantry.dev/ours'] });
    await madeAnew(old);
    expect(await removeFinalizer(finalizerTarget(), old)).toBeUndefined();
    expect((await bench.get(name))?.metadata.finalizers).toEqual(['tenantry.dev/ours']);
  });
});
