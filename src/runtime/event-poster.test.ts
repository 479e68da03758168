import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, settled, type FakeClock } from '../../test/support/fake-clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { KubeObject } from '../kube/object.ts';
import { createEventPoster, type EventPoster, type PostedEvent } from './event-poster.ts';
import { PostedEvents } from './posted-events.ts';

interface Posted {
  severity: string;
  message: string;
  [field: string]: unknown;
}

let server: Server;
let url: string;
let posted: Posted[];
let answers: number[];
let clock: FakeClock;
let errors: string[];

const object: KubeObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: {
    name: 'apps',
    namespace: 'tenant-a',
    uid: 'u1',
    resourceVersion: '7',
  },
};

beforeEach(async () => {
  [posted, answers, errors] = [[], [], []];
  clock = createFakeClock();
  server = createServer(
    (request, response) =>
      void take(request).then((code) => {
        response.writeHead(code, code === 302 ? { location: '/elsewhere' } : {});
        response.end();
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function take(request: IncomingMessage): Promise<number> {
  const body = JSON.parse(await text(request)) as Posted;
  posted.push(body);
  return answers.shift() ?? 200;
}

function posterTo(eventsUrl: string): EventPoster {
  const log: Log = { ...silentLog, error: (_, error) => errors.push(String(error)) };
  return createEventPoster({ url: eventsUrl, clock, log });
}

const base = { object, metadata: {}, controller: 'kustomize-controller', instance: 'pod-1' };
const info: PostedEvent = { ...base, severity: 'info', reason: 'Succeeded', message: 'applied' };
const failure: PostedEvent = {
  ...base,
  severity: 'error',
  reason: 'BuildFailed',
  message: 'no such path',
};

/** Lets deliveries go on, moving time whenever they wait for it. */
async function flushed(poster: EventPoster): Promise<void> {
  const state = { isDone: false };
  void poster.flush().then(() => (state.isDone = true));
  while (!state.isDone) {
    await settled();
    clock.next();
  }
}

test('an event is posted as notifications expect it', async () => {
  const poster = posterTo(url);
  poster.post({ ...info, metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'main@a' } });
  await flushed(poster);
  expect(posted).toEqual([
    {
      involvedObject: {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        namespace: 'tenant-a',
        name: 'apps',
        uid: 'u1',
        resourceVersion: '7',
      },
      severity: 'info',
      timestamp: '2026-01-01T00:00:00Z',
      message: 'applied',
      reason: 'Succeeded',
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'main@a' },
      reportingController: 'kustomize-controller',
      reportingInstance: 'pod-1',
    },
  ]);
});

test('a message has no more than 39000 characters', async () => {
  const poster = posterTo(url);
  poster.post({ ...failure, message: 'x'.repeat(50_000) });
  await flushed(poster);
  expect(posted[0]?.message).toHaveLength(39_000);
});

describe('posting', () => {
  test('is tried again after a failure of the server', async () => {
    answers = [500, 503];
    const poster = posterTo(url);
    poster.post(info);
    await flushed(poster);
    expect(posted).toHaveLength(3);
    expect(errors).toEqual([]);
  });

  test('is given up after four tries', async () => {
    answers = [500, 500, 500, 500, 500];
    const poster = posterTo(url);
    poster.post(info);
    await flushed(poster);
    expect(posted).toHaveLength(4);
    expect(errors).toEqual(['Error: status 500']);
  });

  test.each([429, 400, 302])('is not tried again when answered %s', async (code) => {
    answers = [code];
    const poster = posterTo(url);
    poster.post(info);
    if (code === 302) answers.push(302, 302, 302);
    await flushed(poster);
    expect(posted.length).toBe(code === 302 ? 4 : 1);
    expect(errors).toHaveLength(1);
  });

  test('to nobody fails quietly', async () => {
    const poster = posterTo('http://127.0.0.1:1/');
    poster.post(info);
    await flushed(poster);
    expect(errors).toHaveLength(1);
  });
});

describe('repetitions', () => {
  test('are posted once in five minutes', async () => {
    const poster = posterTo(url);
    for (let index = 0; index < 10; index++) poster.post(failure);
    const other = { ...object, metadata: { ...object.metadata, uid: 'u2' } };
    poster.post({ ...failure, object: other });
    await flushed(poster);
    expect(posted).toHaveLength(2);
    clock.tick(5 * 60_000);
    poster.post(failure);
    await flushed(poster);
    expect(posted).toHaveLength(3);
  });

  test('after a recovery are news', async () => {
    const poster = posterTo(url);
    for (const event of [failure, info, failure]) poster.post(event);
    await flushed(poster);
    expect(posted.map(({ severity }) => severity).sort()).toEqual(['error', 'error', 'info']);
  });

  test('are remembered within bounds', () => {
    const events = new PostedEvents(clock);
    for (let index = 0; index < 5000; index++) events.isNew(`o${index}`, 'info', 'x');
    expect(events.isNew('o4999', 'info', 'x')).toBe(false);
    expect(events.isNew('o0', 'info', 'x')).toBe(true);
    for (let index = 0; index < 40; index++) events.isNew('o1', 'info', `${index}`);
    expect(events.isNew('o1', 'info', '0')).toBe(true);
    expect(events.isNew('o1', 'info', '39')).toBe(false);
  });
});
