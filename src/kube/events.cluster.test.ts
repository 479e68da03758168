import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { clusterContext, freshNamespace } from '../../test/support/cluster.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createClient, type ClosableClient } from './connect.ts';
import type { EventInput } from './event-object.ts';
import { createEventWriter, type EventWriterOptions } from './events.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeObject, ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';

const events: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
interface Event extends KubeObject {
  reason: string;
  message: string;
  count: number;
  type: string;
  involvedObject: Record<string, string>;
}

let cluster: ClusterConfig;
let client: ClosableClient;
let namespace: string;
const records: RequestRecord[] = [];

beforeAll(async () => {
  cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster, onRequest: (record) => records.push(record) });
  namespace = await freshNamespace('events');
});
afterAll(() => client.close());

const about = (name: string, uid: string = crypto.randomUUID()) => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { namespace, name, uid, resourceVersion: '7' },
});
const input = (name: string, more: Partial<EventInput> = {}): EventInput => ({
  about: about(name, name),
  type: 'Normal',
  reason: 'NewArtifact',
  message: 'stored',
  ...more,
});
const writer = (more: Partial<EventWriterOptions> = {}) =>
  createEventWriter({
    client,
    component: 'test-controller',
    clock: systemClock,
    log: silentLog,
    ...more,
  });

async function written(name: string): Promise<Event[]> {
  const fieldSelector = `involvedObject.name=${name}`;
  return (await client.list<Event>(events, { namespace, fieldSelector })).items;
}

test('an event is written as kubectl describe and flux events read it', async () => {
  const events = writer({ instance: 'pod-1' });
  events.record(input('plain', { annotations: { 'source.toolkit.fluxcd.io/revision': 'main' } }));
  await events.flush();
  const [event, ...others] = await written('plain');
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    type: 'Normal',
    reason: 'NewArtifact',
    message: 'stored',
    count: 1,
    source: { component: 'test-controller' },
    reportingComponent: 'test-controller',
    reportingInstance: 'pod-1',
    involvedObject: {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      name: 'plain',
      namespace,
      uid: 'plain',
      resourceVersion: '7',
    },
  });
  expect(event?.metadata.name).toMatch(/^plain\.[0-9a-f]{16}$/);
  expect(event?.metadata.annotations).toEqual({ 'source.toolkit.fluxcd.io/revision': 'main' });
});

describe('repetitions', () => {
  test('count up one event, whether they come at once or later', async () => {
    const events = writer();
    for (let i = 0; i < 3; i++) events.record(input('again'));
    await events.flush();
    expect((await written('again')).map(({ count }) => count)).toEqual([3]);
    events.record(input('again'));
    events.record(input('again', { message: 'another' }));
    await events.flush();
    const counts = (await written('again')).map(({ message, count }) => [message, count]);
    expect(new Map(counts as [string, number][])).toEqual(
      new Map([
        ['stored', 4],
        ['another', 1],
      ]),
    );
  });

  test('later on are counted, and written every five minutes', async () => {
    const clock = createFakeClock();
    const events = writer({ clock });
    const counts = async () => (await written('on-and-on')).map(({ count }) => count);
    events.record(input('on-and-on'));
    // It can be read a moment before who wrote it has the answer.
    await events.flush();
    const writes = records.length;
    for (let i = 0; i < 59; i++) {
      await clock.advance(5_000);
      events.record(input('on-and-on'));
    }
    expect(records.length).toBe(writes);
    await clock.advance(5_000);
    await expect.poll(counts).toEqual([60]);
  });

  test('of an event that expired start over', async () => {
    const writes = writer();
    writes.record(input('expired'));
    await writes.flush();
    const [event] = await written('expired');
    await client.delete(events, { namespace, name: event?.metadata.name ?? '' });
    writes.record(input('expired'));
    await writes.flush();
    expect((await written('expired')).map(({ count }) => count)).toEqual([1]);
  });
});

describe('one object', () => {
  test('cannot flood the cluster, and does not silence others', async () => {
    const events = writer();
    for (let i = 0; i < 200; i++) events.record(input('noisy', { message: `number ${i}` }));
    events.record(input('quiet'));
    await events.flush();
    expect(await written('noisy')).toHaveLength(25);
    expect(await written('quiet')).toHaveLength(1);
  });
});

describe('while the API server is busy', () => {
  test('events make way, count repetitions meanwhile, and are written when it is not', async () => {
    let busy = true;
    const clock = createFakeClock();
    const events = writer({ clock, isBusy: () => busy });
    for (let i = 0; i < 3; i++) {
      events.record(input('later'));
      await clock.advance(1_000);
    }
    expect(await written('later')).toEqual([]);
    busy = false;
    await clock.advance(100);
    await events.flush();
    expect((await written('later')).map(({ count }) => count)).toEqual([3]);
  });

  test('an event is told within two minutes all the same, and when the process ends', async () => {
    const clock = createFakeClock();
    const events = writer({ clock, isBusy: () => true });
    events.record(input('patient'));
    await clock.advance(120_000);
    await expect.poll(() => written('patient')).toHaveLength(1);
    events.record(input('last'));
    const flushed = events.flush();
    await clock.advance(100);
    await flushed;
    expect(await written('last')).toHaveLength(1);
  });

  test('events do not wait once they take half of the room there is for them', async () => {
    const clock = createFakeClock();
    const events = writer({ clock, isBusy: () => true, maxPending: 4 });
    for (const name of ['one', 'two', 'three']) events.record(input(name));
    await clock.advance(100);
    await expect.poll(() => written('one')).toHaveLength(1);
    await events.flush();
  });
});

describe('whatever is recorded', () => {
  test('fits the API: long and odd text is cut, secrets are not told', async () => {
    const events = writer();
    events.record(input('long', { message: '例'.repeat(5000), reason: 'R'.repeat(500) }));
    events.record(input('leak', { message: 'clone https://bob:hunter22@git.example failed' }));
    events.record(input(`${'n'.repeat(63)}.${'n'.repeat(63)}.${'n'.repeat(63)}.${'n'.repeat(40)}`));
    await events.flush();
    const [long] = await written('long');
    expect(Buffer.byteLength(long?.message ?? '')).toBeLessThanOrEqual(1024);
    expect(long?.message).toMatch(/^例+\.\.\.$/);
    const [leak] = await written('leak');
    expect(leak?.message).toBe('clone https://***@git.example failed');
    expect(records.filter(({ verb, code }) => verb === 'create' && code !== 201)).toEqual([]);
  });

  test('never throws into the caller, even when nothing can be written', async () => {
    const said: string[] = [];
    const log: Log = {
      ...silentLog,
      debug: (message) => void said.push(message),
      child: () => log,
    };
    await using dead = createClient({ cluster: { ...cluster, server: 'https://127.0.0.1:1' } });
    const events = writer({ client: dead, log });
    events.record(input('nobody'));
    events.record({} as EventInput);
    await events.flush();
    expect(said.sort()).toEqual(['event was not recorded', 'event was not written']);
  });

  test('waits in bounded memory', async () => {
    const said: [string, unknown][] = [];
    const log: Log = {
      ...silentLog,
      info: (...line) => void said.push(line as [string, unknown]),
      child: () => log,
    };
    const events = writer({ maxPending: 10, log });
    for (let i = 0; i < 50; i++) events.record(input(`many-${i}`));
    await events.flush();
    expect(said).toEqual([['events were dropped', { count: 40 }]]);
  });
});
