import { afterAll, beforeAll, expect, it } from 'vitest';
import { apply, kubectlOk } from '../../../../test/support/cluster.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import type { JsonValue } from '../../../kube/object.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const key = (namespace: string) => ({ namespace, name: 'a' });
const read = (namespace: string) => harness.read('v1', 'ConfigMap', key(namespace));

async function deployed(spec = {}): Promise<string> {
  const namespace = await harness.tenant();
  const labels = { keep: 'me' };
  await harness.publish({ 'a.yaml': configMap('a', { k: 'v' }, { labels }) }, { namespace });
  await harness.deploy(namespace, 'apps', spec);
  await harness.ready(namespace, 'apps');
  return namespace;
}

async function edit(namespace: string, body: JsonValue): Promise<void> {
  const type = await harness.type('v1', 'ConfigMap');
  await harness.admin.patch(type, key(namespace), { type: 'merge', body });
}

it.each([
  ['a changed value', { data: { k: 'drifted' } }],
  ['a removed value', { data: { k: null } }],
  ['a removed label', { metadata: { labels: { keep: null } } }],
] as [string, JsonValue][])('%s is put right at once', async (_, body) => {
  const namespace = await deployed();
  await edit(namespace, body);
  await eventually('it is as in Git', async () => {
    const object = await read(namespace);
    const data = object?.['data'] as { k?: string } | undefined;
    return data?.k === 'v' && object?.metadata.labels?.['keep'] === 'me' ? true : undefined;
  });
});

it('a deleted object is made again at once', async () => {
  const namespace = await deployed();
  const before = await read(namespace);
  await harness.admin.delete(await harness.type('v1', 'ConfigMap'), key(namespace));
  await eventually('it is there again', async () => {
    const object = await read(namespace);
    return object && object.metadata.uid !== before?.metadata.uid ? true : undefined;
  });
});

it('taking the owner labels away does not hide an object', async () => {
  const namespace = await deployed();
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': null,
    'kustomize.toolkit.fluxcd.io/namespace': null,
  };
  await edit(namespace, { metadata: { labels } });
  await eventually('it is labelled again', async () => {
    const object = await read(namespace);
    return object?.metadata.labels?.['kustomize.toolkit.fluxcd.io/name'] ? true : undefined;
  });
});

it('what kubectl adds is taken away; what a controller adds stays', async () => {
  const namespace = await deployed();
  const metadata = { name: 'a', namespace };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  await edit(namespace, { data: { byController: 'x' } });
  await apply([{ ...object, data: { byHand: 'x' } }]);
  await eventually('only the field of kubectl is gone', async () => {
    const data = (await read(namespace))?.['data'] as Record<string, string>;
    return data['byHand'] === undefined && data['byController'] === 'x' ? true : undefined;
  });
});

it('kubectl edits are kept with the field manager made for it', async () => {
  const namespace = await deployed();
  const patch = JSON.stringify({ data: { byHand: 'x' } });
  const manager = '--field-manager=flux-client-side-apply';
  await kubectlOk(['-n', namespace, 'patch', 'configmap', 'a', '-p', patch, manager]);
  await harness.request(namespace, 'apps');
  expect((await read(namespace))?.['data']).toEqual({ k: 'v', byHand: 'x' });
});

it('a suspended Kustomization corrects nothing, and everything once resumed', async () => {
  const namespace = await deployed();
  await harness.deploy(namespace, 'apps', { suspend: true });
  await edit(namespace, { data: { k: 'drifted' } });
  harness.requests();
  await harness.deploy(namespace, 'apps', { suspend: false });
  await eventually('it is as in Git', async () => {
    const data = (await read(namespace))?.['data'] as { k: string };
    return data.k === 'v' ? true : undefined;
  });
});

it('drift during a crash is corrected by the next process', async () => {
  const namespace = await deployed();
  await harness.crash();
  await edit(namespace, { data: { k: 'drifted' } });
  await harness.restart();
  await eventually('it is as in Git', async () => {
    const data = (await read(namespace))?.['data'] as { k: string };
    return data.k === 'v' ? true : undefined;
  });
});

it('a correction is told as a change', async () => {
  const namespace = await deployed();
  harness.events.length = 0;
  await edit(namespace, { data: { k: 'drifted' } });
  await eventually('it is told', async () => {
    const told = harness.events.filter(({ about }) => about === `${namespace}/apps`);
    const line = `ConfigMap/${namespace}/a configured`;
    return told.some(({ message }) => message === line) ? true : undefined;
  });
});

const told = (namespace: string, reason: string) =>
  harness.events
    .filter((event) => event.about === `${namespace}/apps` && event.reason === reason)
    .map(({ message }) => message);
const conditionsOf = async (namespace: string) =>
  (await harness.get(namespace, 'apps')).status?.conditions ?? [];

it('an event says who changed what, and never a value', async () => {
  const namespace = await deployed();
  const patch = JSON.stringify({ data: { k: 'hunter2' } });
  const manager = '--field-manager=an-operator';
  await kubectlOk(['-n', namespace, 'patch', 'configmap', 'a', '-p', patch, manager]);
  await eventually('it is told', async () => told(namespace, 'DriftCorrected')[0]);
  expect(told(namespace, 'DriftCorrected')).toEqual([
    `ConfigMap/${namespace}/a drifted: .data.k by an-operator (Update)`,
  ]);
  expect(JSON.stringify(harness.events)).not.toContain('hunter2');
  expect((await read(namespace))?.['data']).toEqual({ k: 'v' });
});

it('what kubectl added is named as well', async () => {
  const namespace = await deployed();
  const metadata = { name: 'a', namespace };
  await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { byHand: 'x' } }]);
  await eventually('it is told', async () => told(namespace, 'DriftCorrected')[0]);
  expect(told(namespace, 'DriftCorrected')[0]).toMatch(/\.data\.byHand.* by kubectl/);
});

it('of a deletion it says that', async () => {
  const namespace = await deployed();
  await harness.admin.delete(await harness.type('v1', 'ConfigMap'), key(namespace));
  await eventually('it is told', async () => told(namespace, 'DriftCorrected')[0]);
  expect(told(namespace, 'DriftCorrected')).toEqual([
    `ConfigMap/${namespace}/a drifted: it was deleted`,
  ]);
});

const warn = { driftDetection: { mode: 'warn' } };

async function warned(change: (namespace: string) => Promise<unknown>): Promise<string> {
  const namespace = await deployed(warn);
  await change(namespace);
  await harness.until(namespace, 'apps', ({ status }) =>
    (status?.conditions ?? []).some(({ type }) => type === 'Drifted'),
  );
  return namespace;
}
const drift = (namespace: string) => edit(namespace, { data: { k: 'drifted' } });
const remove = async (namespace: string) =>
  harness.admin.delete(await harness.type('v1', 'ConfigMap'), key(namespace));

it('warn: drift is told once, and left until a reconcile is requested', async () => {
  const namespace = await warned(drift);
  const conditions = await conditionsOf(namespace);
  expect(conditions.find(({ type }) => type === 'Drifted')).toMatchObject({
    status: 'True',
    reason: 'DriftDetected',
    message: expect.stringContaining(`ConfigMap/${namespace}/a drifted: .data.k by `) as string,
  });
  expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
  await edit(namespace, { metadata: { labels: { keep: 'theirs' } } });
  await eventually('the other drift is told', async () => told(namespace, 'DriftDetected')[1]);
  expect((await read(namespace))?.['data']).toEqual({ k: 'drifted' });
  await harness.request(namespace, 'apps');
  expect((await read(namespace))?.['data']).toEqual({ k: 'v' });
  expect((await conditionsOf(namespace)).map(({ type }) => type)).toEqual(['Ready']);
  expect(told(namespace, 'DriftDetected')).toHaveLength(2);
});

it('warn: a new revision overwrites it', async () => {
  const namespace = await warned(drift);
  const files = { 'a.yaml': configMap('a', { k: 'v' }), 'b.yaml': configMap('b', {}) };
  await harness.ready(namespace, 'apps', await harness.publish(files, { namespace }));
  expect((await read(namespace))?.['data']).toEqual({ k: 'v' });
});

it('warn: a deleted object stays deleted, until asked', async () => {
  const namespace = await warned(remove);
  expect(told(namespace, 'DriftDetected')).toEqual([
    `ConfigMap/${namespace}/a drifted: it was deleted`,
  ]);
  expect(await read(namespace)).toBeUndefined();
  await harness.request(namespace, 'apps');
  expect((await read(namespace))?.['data']).toEqual({ k: 'v' });
});

it('warn: what drifted while no process ran is found and left, too', async () => {
  const namespace = await deployed(warn);
  await harness.crash();
  await edit(namespace, { data: { k: 'drifted' } });
  await harness.restart();
  await harness.until(namespace, 'apps', ({ status }) =>
    (status?.conditions ?? []).some(({ type }) => type === 'Drifted'),
  );
  expect((await read(namespace))?.['data']).toEqual({ k: 'drifted' });
});

it('off: drift stays until the next reconcile, which puts it right', async () => {
  const off = await deployed({ driftDetection: { mode: 'off' } });
  const on = await deployed();
  await drift(off);
  await drift(on);
  await eventually('the other is corrected', async () => told(on, 'DriftCorrected')[0]);
  expect((await read(off))?.['data']).toEqual({ k: 'drifted' });
  await harness.request(off, 'apps');
  expect((await read(off))?.['data']).toEqual({ k: 'v' });
});
