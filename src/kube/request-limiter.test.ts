import { expect, test } from 'vitest';
import { createFakeClock, settled } from '../../test/support/fake-clock.ts';
import { startScriptedServer, type Play } from '../../test/support/scripted-server.ts';
import { fixedCredential } from './cluster-config.ts';
import { createClient } from './connect.ts';
import { serviceAccountIdentity } from './identity.ts';
import { createRequestLimiter } from './request-limiter.ts';

function limiting(limit: { qps: number; burst: number }) {
  const clock = createFakeClock();
  const limiter = createRequestLimiter(limit, clock);
  let passed = 0;
  const take = (signal?: AbortSignal) => limiter.take(signal).then(() => void passed++);
  return { clock, limiter, take, passed: () => passed };
}

test('lets a burst through at once, and the rest at its rate', async () => {
  const { clock, take, passed } = limiting({ qps: 2, burst: 3 });
  const all = Promise.all(Array.from({ length: 6 }, () => take()));
  await settled();
  expect(passed()).toBe(3);
  await clock.advance(499);
  expect(passed()).toBe(3);
  await clock.advance(1);
  expect(passed()).toBe(4);
  await clock.advance(1_000);
  await all;
  expect(passed()).toBe(6);
});

test('after a pause there is a burst again, and no more than one', async () => {
  const { clock, take, passed } = limiting({ qps: 2, burst: 3 });
  await Promise.all([take(), take(), take()]);
  await clock.advance(60_000);
  void Promise.all(Array.from({ length: 5 }, () => take()));
  await settled();
  expect(passed()).toBe(6);
});

test('who gives up waiting leaves its turn to others', async () => {
  const { clock, take, passed } = limiting({ qps: 1, burst: 1 });
  await take();
  const stop = new AbortController();
  const given = take(stop.signal);
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  const next = take();
  await clock.advance(1_000);
  await next;
  expect(passed()).toBe(2);
});

test('once lifted it keeps nobody, those who wait included', async () => {
  const { limiter, take, passed } = limiting({ qps: 0.001, burst: 1 });
  const all = Promise.all([take(), take(), take()]);
  await settled();
  expect(passed()).toBe(1);
  limiter.lift();
  await all;
  await take();
  expect(passed()).toBe(4);
});

async function connected(headers: Record<string, string>) {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  const play: Play = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(object));
  };
  const server = await startScriptedServer(play);
  const clock = createFakeClock();
  const cluster = { server: server.url, namespace: 'x', credentials: fixedCredential() };
  const client = createClient({ cluster, clock, limit: { qps: 1, burst: 2 } });
  return { server, client, clock };
}

const ask = { method: 'GET', path: '/version' } as const;

test('a client keeps its ceiling over all its identities', async () => {
  const { server, client, clock } = await connected({});
  await client.raw(ask);
  await client.as(serviceAccountIdentity('team', 'app')).raw(ask);
  const third = client.as(serviceAccountIdentity('other', 'app')).raw(ask);
  await clock.advance(999);
  expect(server.seen).toHaveLength(2);
  await clock.advance(1);
  await third;
  expect(server.seen).toHaveLength(3);
  await client.close();
  await server[Symbol.asyncDispose]();
});

test('a server with API Priority and Fairness lifts it with its first answer', async () => {
  const { server, client } = await connected({ 'X-Kubernetes-Pf-Flowschema-Uid': 'u' });
  for (let count = 0; count < 10; count++) await client.raw(ask);
  expect(server.seen).toHaveLength(10);
  await client.close();
  await server[Symbol.asyncDispose]();
});
