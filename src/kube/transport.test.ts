import type { ServerResponse } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { createServer as createProxy } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startScriptedServer } from '../../test/support/scripted-server.ts';
import { KubeTransportError } from './api-error.ts';
import { fixedCredential, type ClusterConfig } from './cluster-config.ts';
import { createTransport, isConnectionReset, type Exchange } from './transport.ts';

const clusterAt = (server: string, more: Partial<ClusterConfig> = {}): ClusterConfig => ({
  server,
  namespace: 'default',
  credentials: fixedCredential(),
  ...more,
});
const get = (path: string, more: Partial<Exchange> = {}): Exchange => ({
  method: 'GET',
  path,
  headers: [],
  ...more,
});
const ok = (response: ServerResponse, body = '{}') => response.end(body);

describe('connections', () => {
  test('are reused: one in use while the other goes back to the pool', async () => {
    await using server = await startScriptedServer((_request, response) => void ok(response));
    const transport = createTransport(clusterAt(server.url));
    for (let i = 0; i < 20; i++) await transport.request({}, get(`/${i}`));
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(2);
    await transport.close();
  });

  test('for requests are as many as allowed, and watches do not count', async () => {
    const waiting: ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    await using server = await startScriptedServer(({ url }, response) => {
      if (url === '/watch') response.flushHeaders();
      else if (waiting.push(response) === 2) full.resolve();
    });
    const transport = createTransport(clusterAt(server.url), { connections: 2 });
    const watches = await Promise.all([1, 2, 3].map(() => transport.stream({}, get('/watch'))));
    const answers = [1, 2, 3, 4].map((i) => transport.request({}, get(`/${i}`)));
    await full.promise;
    expect(server.seen.filter(({ url }) => url !== '/watch')).toHaveLength(2);
    while (server.seen.length < 7 || waiting.length > 0) {
      waiting.shift()?.end('{}');
      await new Promise(setImmediate);
    }
    expect(await Promise.all(answers)).toHaveLength(4);
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(5);
    for (const watch of watches) watch.discard();
    await transport.close();
  });

  test('keep a path prefix of the server', async () => {
    await using server = await startScriptedServer((_request, response) => void ok(response));
    const transport = createTransport(clusterAt(`${server.url}/k8s/clusters/c1/`));
    await transport.request({}, get('/api/v1/pods?limit=1'));
    expect(server.seen[0]?.url).toBe('/k8s/clusters/c1/api/v1/pods?limit=1');
    await transport.close();
  });

  test('that a new client certificate opens leave requests on the old one alone', async () => {
    const first = Promise.withResolvers<ServerResponse>();
    await using server = await startScriptedServer(({ url }, response) => {
      if (url === '/old') first.resolve(response);
      else ok(response);
    });
    const transport = createTransport(clusterAt(server.url));
    const old = transport.request({ certificate: { cert: 'a', key: 'a' } }, get('/old'));
    const response = await first.promise;
    await transport.request({ certificate: { cert: 'b', key: 'b' } }, get('/new'));
    response.end('done');
    expect((await old).body).toBe('done');
    await transport.close();
  });
});

describe('what goes wrong is', () => {
  test('a KubeTransportError for a refused connection', async () => {
    const server = await startScriptedServer(() => {});
    await server[Symbol.asyncDispose]();
    const transport = createTransport(clusterAt(server.url));
    const error = await transport.request({}, get('/')).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(KubeTransportError);
    expect(isConnectionReset(error)).toBe(false);
    await transport.close();
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['before the headers', (response) => response.destroy()],
    [
      'within the body',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"items":[', () => response.destroy());
      },
    ],
  ])('a reset for a connection that breaks %s', async (_when, play) => {
    await using server = await startScriptedServer((_request, response) => play(response));
    const transport = createTransport(clusterAt(server.url));
    const error = await transport.request({}, get('/')).catch((error: unknown) => error);
    expect(isConnectionReset(error)).toBe(true);
    await transport.close();
  });

  test('a KubeTransportError for a body without end', async () => {
    await using server = await startScriptedServer((_request, response) => {
      const more = () => void (response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    });
    const transport = createTransport(clusterAt(server.url), { maxResponseBytes: 1_000_000 });
    await expect(transport.request({}, get('/'))).rejects.toThrow(/exceeds 1000000 bytes/);
    await transport.close();
  });

  test('a KubeTransportError for silence, before and within an answer', async () => {
    await using server = await startScriptedServer(({ url }, response) => {
      if (url === '/body') response.write('{');
    });
    const transport = createTransport(clusterAt(server.url), { timeoutMs: 300 });
    await expect(transport.request({}, get('/headers'))).rejects.toThrow(KubeTransportError);
    await expect(transport.request({}, get('/body'))).rejects.toThrow(KubeTransportError);
    await transport.close();
  });

  test('a KubeTransportError for a stream that falls silent', async () => {
    await using server = await startScriptedServer((_request, response) => {
      response.write('{}\n');
    });
    const transport = createTransport(clusterAt(server.url));
    const { body } = await transport.stream({}, get('/', { idleTimeoutMs: 300 }));
    const read = async () => {
      for await (const chunk of body) expect(chunk.length).toBe(3);
    };
    await expect(read()).rejects.toThrow(KubeTransportError);
    await transport.close();
  });

  test('the abort itself when the caller aborts, before or while', async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await startScriptedServer(() => arrived.resolve());
    const transport = createTransport(clusterAt(server.url));
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    await expect(transport.request({}, get('/', { signal: aborted }))).rejects.toBe(reason);
    expect(server.seen).toEqual([]);
    const controller = new AbortController();
    const waiting = transport.request({}, get('/', { signal: controller.signal }));
    await arrived.promise;
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await transport.close();
  });
});

test('a proxy carries requests by CONNECT, with its credentials', async () => {
  await using server = await startScriptedServer((_request, response) => void ok(response, 'hi'));
  const tunnels: { url: string; authorization: string | undefined }[] = [];
  const proxy = createProxy();
  proxy.on('connect', (request, socket) => {
    tunnels.push({
      url: request.url ?? '',
      authorization: request.headers['proxy-authorization'],
    });
    const upstream = connectTcp(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const proxyUrl = `http://user:secret@127.0.0.1:${port}`;
  const transport = createTransport(clusterAt(server.url, { proxyUrl }));
  expect((await transport.request({}, get('/'))).body).toBe('hi');
  const basic = Buffer.from('user:secret').toString('base64');
  expect(tunnels).toEqual([{ url: `127.0.0.1:${server.port}`, authorization: `Basic ${basic}` }]);
  await transport.close();
  proxy.closeAllConnections();
  proxy.close();
});

test('a name that resolves to this machine is refused when connecting, before a byte is sent', async () => {
  await using server = await startScriptedServer((_request, response) => void ok(response));
  const cluster = clusterAt(`http://localhost:${server.port}`);
  const guarded = createTransport({ ...cluster, refuseLocalAddresses: true });
  await expect(guarded.request({}, get('/'))).rejects.toThrow(/local address/);
  expect(server.seen).toEqual([]);
  const open = createTransport(cluster);
  expect((await open.request({}, get('/'))).status).toBe(200);
  await guarded.close();
  await open.close();
});
