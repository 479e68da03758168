import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { openBreakableLink } from '../../../test/support/breakable-link.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startHttp2Upstream, type Http2Upstream } from '../../../test/support/http2-upstream.ts';
import { createAuthority, issueClient, issueServer } from '../../base/certificate.ts';
import { fixedCredential, type Credential } from '../../kube/cluster-config.ts';
import { openConnections, type Connections } from './connections.ts';
import { StaleConnectionError } from './stale-connection.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** Watches on connections that they share: what befalls one befalls no other. */
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(
  options: Parameters<typeof startHttp2Upstream>[0] = {},
  onStream?: Parameters<typeof startHttp2Upstream>[1],
) {
  const upstream = await startHttp2Upstream(options, onStream);
  ending.push(() => upstream[Symbol.asyncDispose]());
  return { upstream, ...connect(upstream) };
}

function connect(
  { caPem, url }: Pick<Http2Upstream, 'caPem' | 'url'>,
  pingMs = 60_000,
): { connections: Connections; watch: typeof watch } {
  const credentials = fixedCredential();
  const cluster = { server: url, ca: caPem, namespace: 'default', credentials };
  const connections = openConnections(cluster, { pingMs });
  ending.push(() => connections.close());
  const watch = (
    target: string,
    { headers = [], signal = new AbortController().signal, credential = {} }: WatchOptions = {},
  ) =>
    connections.send(credential, {
      method: 'GET',
      target,
      headers: ['host', 'api', ...headers],
      signal,
      mayShare: true,
    });
  return { connections, watch };
}

interface WatchOptions {
  headers?: string[];
  signal?: AbortSignal;
  credential?: Credential;
}

/** The next piece of it, as text. */
async function piece({ body }: UpstreamAnswer): Promise<string> {
  const [chunk] = (await once(body, 'data')) as [Buffer];
  return chunk.toString();
}

/** Whether it came to its end. */
async function isWhole(answer: UpstreamAnswer): Promise<boolean> {
  answer.body.on('error', () => {}).resume();
  if (!answer.body.closed) await new Promise((resolve) => answer.body.once('close', resolve));
  return !answer.isBroken();
}

test('watches share a connection, each with what was said with it', async () => {
  const { upstream, watch } = await start();
  const groups = ['Impersonate-Group', 'a', 'Impersonate-Group', 'b', 'X-Name', 'j\u00fc'];
  const headers = ['User-Agent', 'one', 'User-Agent', 'two', ...groups];
  const answers = await Promise.all([watch('/one', { headers }), watch('/two')]);
  expect(await Promise.all(answers.map(piece))).toEqual(['begun\n', 'begun\n']);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[0]?.rawHeaders.slice(0, 2)).toEqual(['content-type', 'application/json']);
  expect(upstream.sessions).toHaveLength(1);
  const seen = upstream.streams.get('/one')?.rawHeaders ?? [];
  const pairs = seen.flatMap((name, index) => (index % 2 === 0 ? [[name, seen[index + 1]]] : []));
  expect(pairs).toEqual([
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/one'],
    [':authority', 'api'],
    ['user-agent', 'one'],
    ['user-agent', 'two'],
    ['impersonate-group', 'a'],
    ['impersonate-group', 'b'],
    ['x-name', 'j\u00fc'],
  ]);
  expect(upstream.streams.get('/two')?.rawHeaders).not.toContain('impersonate-group');
});

test('as many share one as the server takes; what has ended makes room', async () => {
  const { upstream, watch } = await start({ settings: { maxConcurrentStreams: 3 } });
  const answers = await Promise.all(
    ['/1', '/2', '/3', '/4', '/5', '/6', '/7'].map((at) => watch(at)),
  );
  expect(upstream.sessions).toHaveLength(3);
  answers[0]?.discard();
  await eventually('it has ended', () => Promise.resolve(!upstream.streams.has('/1')));
  answers.push(await watch('/8'), await watch('/9'), await watch('/10'));
  expect(upstream.sessions).toHaveLength(3);
  expect(upstream.streams.size).toBe(9);
});

test('a watch that nobody reads holds back itself alone', async () => {
  const { upstream, watch } = await start();
  const [stuck, other] = [await watch('/stuck'), await watch('/other')];
  const stream = upstream.streams.get('/stuck')?.stream;
  const mib = Buffer.alloc(1024 * 1024);
  for (let count = 0; count < 16; count++) stream?.write(mib);
  expect(await piece(other)).toBe('begun\n');
  for (const event of ['one', 'two', 'three']) {
    upstream.streams.get('/other')?.stream.write(event);
    expect(await piece(other)).toBe(event);
  }
  expect(stuck.body.readableLength).toBeLessThan(256 * 1024);
  expect(stream?.writableLength).toBeGreaterThan(15 * mib.length);
  let bytes = 0;
  stream?.end();
  for await (const chunk of stuck.body as AsyncIterable<Buffer>) bytes += chunk.length;
  expect(bytes).toBe(16 * mib.length + 'begun\n'.length);
});

describe('an end', () => {
  test('is told from a break', async () => {
    const { upstream, watch } = await start();
    const [whole, reset] = [await watch('/whole'), await watch('/reset')];
    upstream.streams.get('/whole')?.stream.end();
    expect(await isWhole(whole)).toBe(true);
    // As the API server resets what it cannot go on with.
    upstream.streams.get('/reset')?.stream.destroy(new Error('a mistake'));
    expect(await isWhole(reset)).toBe(false);
  });

  test('of the client is the end of its stream, and of no other', async () => {
    const { upstream, watch } = await start();
    const leaving = new AbortController();
    const [gone, other] = [await watch('/gone', { signal: leaving.signal }), await watch('/other')];
    leaving.abort();
    await eventually('it has ended', () => Promise.resolve(!upstream.streams.has('/gone')));
    expect(await isWhole(gone)).toBe(false);
    upstream.streams.get('/other')?.stream.end('more');
    expect(await isWhole(other)).toBe(true);
  });

  test('of a connection breaks its watches off, and the next ones have another', async () => {
    const { upstream } = await start();
    await using link = await openBreakableLink(upstream.url);
    const { watch } = connect({ caPem: upstream.caPem, url: link.url });
    const answers = await Promise.all([watch('/one'), watch('/two')]);
    link.cut();
    expect(await Promise.all(answers.map(isWhole))).toEqual([false, false]);
    expect(await piece(await watch('/three'))).toBe('begun\n');
    expect(link.accepted).toBe(2);
  });

  test('that nobody tells of is noticed: a connection is not silent for ever', async () => {
    const { upstream } = await start();
    await using link = await openBreakableLink(upstream.url);
    const { watch } = connect({ caPem: upstream.caPem, url: link.url }, 500);
    const answer = await watch('/one').catch(() => watch('/one'));
    link.stall();
    expect(await isWhole(answer)).toBe(false);
  });
});

test('a server that sends its clients elsewhere keeps the watches it has', async () => {
  const { upstream, watch } = await start();
  const before = await watch('/before');
  upstream.sessions[0]?.goaway(0);
  await eventually('new ones go elsewhere', async () => {
    (await watch('/after').catch(() => undefined))?.discard();
    return upstream.sessions.length > 1;
  });
  upstream.streams.get('/before')?.stream.end('more');
  expect(await isWhole(before)).toBe(true);
});

test('a stream that the server refuses is one that nothing has become of', async () => {
  const refusedStream = 7;
  const { watch } = await start({}, (stream) => stream.close(refusedStream));
  await expect(watch('/one')).rejects.toThrow(StaleConnectionError);
});

test('another client certificate has other connections; what runs goes on', async () => {
  const { upstream, watch } = await start();
  const authority = createAuthority('clients');
  const credential = () => {
    const { certPem: cert, keyPem: key } = issueClient(authority, { commonName: 'proxy' });
    return { certificate: { cert, key } };
  };
  const old = await watch('/old', { credential: credential() });
  await watch('/new', { credential: credential() });
  expect(upstream.sessions).toHaveLength(2);
  upstream.streams.get('/old')?.stream.end();
  expect(await isWhole(old)).toBe(true);
  await eventually('its connection has ended', () =>
    Promise.resolve(upstream.sessions[0]?.destroyed === true),
  );
});

test('where HTTP/2 is not offered, each has a connection of its own', async () => {
  const authority = createAuthority('upstream');
  const { certPem: cert, keyPem: key } = issueServer(authority, ['127.0.0.1']);
  const server = https.createServer({ cert, key }, (_, response) => response.end('plain'));
  ending.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has such an address.
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { watch } = connect({ caPem: authority.certPem, url });
  const answers = await Promise.all([watch('/one'), watch('/two')]);
  expect(await Promise.all(answers.map(({ body }) => text(body)))).toEqual(['plain', 'plain']);
});
