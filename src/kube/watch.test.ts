import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startScriptedServer, type ScriptedServer } from '../../test/support/scripted-server.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import { fixedCredential } from './cluster-config.ts';
import { createClient } from './connect.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { listWatch, type ListWatchOptions, type Observation } from './watch.ts';

const type: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const named = (name: string, version: number, more: object = {}) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, namespace: 'ns', resourceVersion: String(version) },
  ...more,
});
const event = (what: string, object: unknown) => `${JSON.stringify({ type: what, object })}\n`;
const added = (name: string, version: number) => event('ADDED', named(name, version));
const bookmark = (version: number, ends = false) =>
  event('BOOKMARK', {
    kind: 'ConfigMap',
    metadata: {
      resourceVersion: String(version),
      ...(ends ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  });
const gone = event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });

type Script = (response: ServerResponse, query: URLSearchParams) => void;

/** A server that plays one script per request and then leaves requests open. */
async function playing(scripts: Script[]): Promise<ScriptedServer> {
  const rest = [...scripts];
  return startScriptedServer(({ url }, response) => {
    const query = new URL(url, 'http://x').searchParams;
    const script = rest.shift();
    response.setHeader('content-type', 'application/json');
    if (script) script(response, query);
    else response.flushHeaders();
  });
}

const say =
  (...lines: string[]): Script =>
  (response) =>
    void response.end(lines.join(''));
const sayAndStay =
  (...lines: string[]): Script =>
  (response) =>
    void response.write(lines.join(''));

const nameOf = (object: KubeObject) => `${object.metadata.name}@${object.metadata.resourceVersion}`;

function brief(observation: Observation<KubeObject>): string {
  switch (observation.type) {
    case 'sync': {
      const removed = observation.removed.map((object) => `-${nameOf(object)}`);
      return ['sync', ...observation.items.map(nameOf).sort(), ...removed].join(' ');
    }
    case 'changed':
      return `changed ${nameOf(observation.object)}${observation.before ? ` was ${nameOf(observation.before)}` : ''}`;
    case 'removed':
      return `removed ${nameOf(observation.object)} was ${nameOf(observation.before)}`;
    case 'failed':
    default:
      return observation.type;
  }
}

/** Waits are fifty times shorter: the order of things is tested, not how patient they are. */
const hasty: Clock = {
  now: () => systemClock.now(),
  after: (ms, callback) => systemClock.after(ms / 50, callback),
};

/** Collects until `count` observations (failures not counted, but listed) have arrived. */
async function observe(
  server: ScriptedServer,
  count: number,
  options: Partial<ListWatchOptions<KubeObject>> = {},
): Promise<string[]> {
  const client = createClient({
    cluster: { server: server.url, namespace: 'default', credentials: fixedCredential() },
  });
  const seen: string[] = [];
  const signal = AbortSignal.timeout(15_000);
  for await (const observation of listWatch({ client, type, signal, clock: hasty, ...options })) {
    seen.push(brief(observation));
    if (seen.filter((line) => line !== 'failed').length >= count) break;
  }
  await client.close();
  return seen;
}

const queries = (server: ScriptedServer) =>
  server.seen.map(({ url }) => new URL(url, 'http://x').searchParams);

test('the collection streams in, then changes follow on the same connection', async () => {
  await using server = await playing([
    sayAndStay(
      added('a', 1),
      added('b', 2),
      bookmark(2, true),
      event('MODIFIED', named('a', 3)),
      event('DELETED', named('b', 4)),
    ),
  ]);
  expect(await observe(server, 3)).toEqual([
    'sync a@1 b@2',
    'changed a@3 was a@1',
    'removed b@4 was b@2',
  ]);
  expect(server.seen).toHaveLength(1);
});

test('changes during the initial stream are part of the first sync', async () => {
  await using server = await playing([
    sayAndStay(
      added('a', 1),
      event('MODIFIED', named('a', 3)),
      added('b', 2),
      event('DELETED', named('b', 4)),
      bookmark(4, true),
    ),
  ]);
  expect(await observe(server, 1)).toEqual(['sync a@3']);
});

describe('a connection that ends', () => {
  test('is resumed from the last event, without a list', async () => {
    await using server = await playing([
      say(added('a', 1), bookmark(1, true), added('b', 7)),
      sayAndStay(added('c', 8)),
    ]);
    expect(await observe(server, 3)).toEqual(['sync a@1', 'changed b@7', 'changed c@8']);
    const [first, second] = queries(server);
    expect(first?.get('sendInitialEvents')).toBe('true');
    expect(second?.get('sendInitialEvents')).toBeNull();
    expect(second?.get('resourceVersion')).toBe('7');
  });

  test('is resumed from the last bookmark when nothing else came', async () => {
    await using server = await playing([
      say(added('a', 1), bookmark(1, true), bookmark(500)),
      sayAndStay(added('b', 501)),
    ]);
    expect(await observe(server, 2)).toEqual(['sync a@1', 'changed b@501']);
    expect(queries(server)[1]?.get('resourceVersion')).toBe('500');
  });

  test('within the initial stream leaves no half a collection', async () => {
    await using server = await playing([
      say(added('a', 1), added('b', 2)),
      sayAndStay(added('c', 3), bookmark(3, true)),
    ]);
    expect(await observe(server, 1)).toEqual(['sync c@3']);
  });

  test('by a reset, in the middle of an event, loses nothing', async () => {
    await using server = await playing([
      (response) => {
        const half = added('b', 2).slice(0, 30);
        response.write(added('a', 1) + bookmark(1, true) + half, () => response.destroy());
      },
      sayAndStay(added('b', 2)),
    ]);
    const seen = await observe(server, 2);
    expect(seen.filter((line) => line !== 'failed')).toEqual(['sync a@1', 'changed b@2']);
  });

  test('in silence is noticed', async () => {
    await using server = await playing([
      sayAndStay(added('a', 1), bookmark(1, true)),
      sayAndStay(added('b', 2)),
    ]);
    const seen = await observe(server, 2, { idleTimeoutMs: 300 });
    expect(seen).toEqual(['sync a@1', 'failed', 'changed b@2']);
  });
});

describe('a version that is too old', () => {
  const first = [added('a', 1), added('b', 2), added('c', 3), bookmark(3, true)];
  const relist = sayAndStay(
    added('a', 1),
    event('ADDED', named('b', 9)),
    added('d', 10),
    bookmark(10, true),
  );

  test.each<[string, Script]>([
    ['as an event', say(gone)],
    [
      'as an answer',
      (response) =>
        void response
          .writeHead(410)
          .end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Gone' })),
    ],
    [
      'from a future that a restored backup undid',
      (response) =>
        void response.writeHead(504).end(
          JSON.stringify({
            kind: 'Status',
            code: 504,
            reason: 'Timeout',
            details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
          }),
        ),
    ],
  ])('%s: a new sync tells what changed and what vanished', async (_how, script) => {
    await using server = await playing([say(...first), script, relist]);
    const seen = (await observe(server, 2)).filter((line) => line !== 'failed');
    expect(seen).toEqual(['sync a@1 b@2 c@3', 'sync a@1 b@9 d@10 -c@3']);
    expect(queries(server)[2]?.get('sendInitialEvents')).toBe('true');
  });

  test('a failing list is asked again with patience, and then only once', async () => {
    const refuse: Script = (response) => void response.writeHead(500).end();
    await using server = await playing([say(...first), say(gone), refuse, relist]);
    expect(await observe(server, 2)).toEqual([
      'sync a@1 b@2 c@3',
      'failed',
      'sync a@1 b@9 d@10 -c@3',
    ]);
    expect(server.seen).toHaveLength(4);
  });
});

describe('a server that cannot stream lists', () => {
  const page =
    (names: string[], next?: string): Script =>
    (response) =>
      void response.end(
        JSON.stringify({
          metadata: { resourceVersion: '5', ...(next ? { continue: next } : {}) },
          items: names.map((name) => named(name, 1)),
        }),
      );
  const refuse: Script = (response) =>
    void response
      .writeHead(422)
      .end(JSON.stringify({ kind: 'Status', code: 422, reason: 'Invalid', message: 'forbidden' }));

  test.each<[string, Script]>([
    ['because it refuses', refuse],
    ['because it does not know the parameter', say(added('a', 1), bookmark(3))],
  ])('%s is listed in pages, then watched', async (_why, script) => {
    await using server = await playing([
      script,
      page(['a', 'b'], 'next'),
      page(['c']),
      sayAndStay(added('d', 6)),
    ]);
    expect(await observe(server, 2)).toEqual(['sync a@1 b@1 c@1', 'changed d@6']);
    expect(queries(server).map((query) => query.get('continue'))).toEqual([
      null,
      null,
      'next',
      null,
    ]);
    expect(queries(server)[3]?.get('resourceVersion')).toBe('5');
  });
});

describe('what is not understood', () => {
  test('is skipped, and the watch goes on', async () => {
    await using server = await playing([
      sayAndStay(
        added('a', 1),
        event('ADDED', { kind: 'ConfigMap' }),
        bookmark(1, true),
        'not json\n',
        '[]\n',
        '{"type":"ADDED"}\n',
        event('ADDED', { metadata: { name: 7 } }),
        event('SURPRISE', named('x', 2)),
        event('BOOKMARK', { metadata: {} }),
        added('b', 2),
      ),
    ]);
    const errors: string[] = [];
    const log: Log = {
      ...silentLog,
      error: (message) => void errors.push(message),
      child: () => log,
    };
    expect(await observe(server, 2, { log })).toEqual(['sync a@1', 'changed b@2']);
    expect(server.seen).toHaveLength(1);
  });

  test('by reduce stays as it was known, and other objects are not held up', async () => {
    const bad = { metadata: { ...named('a', 5).metadata }, data: 'bad' };
    await using server = await playing([
      sayAndStay(
        added('a', 1),
        event('ADDED', { ...named('never', 1), data: 'bad' }),
        bookmark(1, true),
        event('MODIFIED', bad),
        event('DELETED', { ...named('never', 6), data: 'bad' }),
        added('b', 7),
        event('DELETED', { ...named('a', 8), data: 'bad' }),
      ),
    ]);
    const errors: unknown[] = [];
    const log: Log = {
      ...silentLog,
      error: (_m, error) => void errors.push(error),
      child: () => log,
    };
    const reduce = (object: KubeObject) => {
      if (object['data'] === 'bad') throw new Error('malformed');
      return object;
    };
    expect(await observe(server, 3, { log, reduce })).toEqual([
      'sync a@1',
      'changed b@7',
      'removed a@1 was a@1',
    ]);
    expect(errors).toHaveLength(3);
  });
});

test('reduce is all that is kept, and is called once per arrival', async () => {
  await using server = await playing([
    sayAndStay(added('a', 1), bookmark(1, true), event('MODIFIED', named('a', 2))),
  ]);
  const client = createClient({
    cluster: { server: server.url, namespace: 'default', credentials: fixedCredential() },
  });
  let calls = 0;
  const reduce = (object: KubeObject) => {
    calls++;
    return object.metadata.resourceVersion;
  };
  const seen: Observation<string | undefined>[] = [];
  const signal = AbortSignal.timeout(15_000);
  for await (const observation of listWatch({ client, type, reduce, signal })) {
    seen.push(observation);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([
    { type: 'sync', items: ['1'], removed: [] },
    { type: 'changed', object: '2', before: '1' },
  ]);
  expect(calls).toBe(2);
  await client.close();
});

test('an abort ends the observation without an error, at any time', async () => {
  await using server = await playing([sayAndStay(added('a', 1), bookmark(1, true))]);
  const client = createClient({
    cluster: { server: server.url, namespace: 'default', credentials: fixedCredential() },
  });
  const controller = new AbortController();
  const seen: string[] = [];
  for await (const observation of listWatch({ client, type, signal: controller.signal })) {
    seen.push(brief(observation));
    controller.abort();
  }
  expect(seen).toEqual(['sync a@1']);
  const none = listWatch({ client, type, signal: AbortSignal.abort() });
  expect(await Array.fromAsync(none)).toEqual([]);
  await client.close();
});
