import { expect, test } from 'vitest';
import { startScriptedServer } from '../../test/support/scripted-server.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { fixedCredential } from './cluster-config.ts';
import { createClient } from './connect.ts';
import type { ResourceType } from './object.ts';
import { listWatch } from './watch.ts';

const type: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};

/** Waits are five hundred times shorter. */
const hasty: Clock = {
  now: () => systemClock.now(),
  after: (ms, callback) => systemClock.after(ms / 500, callback),
};

/** How long a watch waits after each of the answers. */
async function waitsAfter(codes: number[]): Promise<number[]> {
  const answers = codes.values();
  await using server = await startScriptedServer((_request, response) => {
    const code = answers.next().value ?? 404;
    response.setHeader('content-type', 'application/json');
    response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, reason: 'Refused' }));
  });
  await using client = createClient({
    cluster: { server: server.url, namespace: 'default', credentials: fixedCredential() },
  });
  const waits: number[] = [];
  const stop = new AbortController();
  for await (const seen of listWatch({ client, type, signal: stop.signal, clock: hasty })) {
    if (seen.type === 'failed') waits.push(seen.retryMs);
    if (waits.length === codes.length) stop.abort();
  }
  return waits;
}

test('a refused watch may be an API server that starts; later it is asked for once a minute', async () => {
  const waits = await waitsAfter(Array.from({ length: 12 }, () => 403));
  expect(Math.max(...waits.slice(0, 10))).toBeLessThanOrEqual(5_000);
  expect(Math.min(...waits.slice(10))).toBeGreaterThanOrEqual(60_000);
});

test('a kind that is not there is asked for four times a minute in the end', async () => {
  const waits = await waitsAfter(Array.from({ length: 12 }, () => 404));
  expect(Math.max(...waits.slice(0, 10))).toBeLessThanOrEqual(5_000);
  expect(waits.slice(10)).toEqual([15_000, 15_000]);
});

test('a refused watch is hopeful again after any other answer', async () => {
  const refused = Array.from({ length: 11 }, () => 403);
  const waits = await waitsAfter([...refused, 500, 403]);
  expect(waits.at(-1)).toBeLessThanOrEqual(5_000);
});
