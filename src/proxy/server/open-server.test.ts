import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createAuthority, issueClient, issueServer } from '../../base/certificate.ts';
import { openServer, type ProxyServer, type ServedTls } from './open-server.ts';

/** TLS itself: which certificates are served, and which are taken. */
const serving = createAuthority('serving');
const clients = createAuthority('clients');
const tlsWith = (change: Partial<ServedTls> = {}): ServedTls => ({
  ...issueServer(serving, ['127.0.0.1']),
  clientCaPem: clients.certPem,
  ...change,
});
const keyed = (authority: typeof clients) => {
  const { certPem: cert, keyPem: key } = issueClient(authority, { commonName: 'alice' });
  return { cert, key };
};
const open: ProxyServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAll();
    await server.close();
  }
});

async function start(tls = tlsWith()) {
  const seen: boolean[] = [];
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    tls,
    async handle(request, response) {
      seen.push((request.socket as TLSSocket).authorized);
      response.end('ok');
      await Promise.resolve();
    },
  });
  open.push(server);
  /** What is answered, or why the connection has ended. */
  async function ask(options: ConnectionOptions = {}) {
    const port = Number(new URL(server.url).port);
    const socket = connect({ port, host: '127.0.0.1', ca: serving.certPem, ...options });
    let [text, error] = ['', ''];
    const sessions: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', (reason) => (error = reason.message));
    socket.on('session', (session) => sessions.push(session));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    const protocol = socket.alpnProtocol;
    return { ok: text.startsWith('HTTP/1.1 200'), error, protocol, sessions };
  }
  return { server, seen, ask };
}

test('without a certificate a client is nobody, with a trusted one somebody', async () => {
  const { seen, ask } = await start();
  expect(await ask()).toMatchObject({ ok: true });
  expect(await ask(keyed(clients))).toMatchObject({ ok: true });
  expect(seen).toEqual([false, true]);
});

test('a certificate of an authority that is not trusted ends the connection', async () => {
  const { seen, ask } = await start();
  expect((await ask(keyed(createAuthority('clients')))).ok).toBe(false);
  expect((await ask(keyed(serving))).ok).toBe(false);
  expect(seen).toEqual([]);
});

test('where nobody is trusted, none is asked for', async () => {
  const { seen, ask } = await start(tlsWith({ clientCaPem: '' }));
  expect(await ask(keyed(clients))).toMatchObject({ ok: true });
  expect(seen).toEqual([false]);
});

test('another certificate is served, and another trust holds, for new connections', async () => {
  const { server, seen, ask } = await start();
  const [nextServing, nextClients] = [createAuthority('next'), createAuthority('next clients')];
  const alice = keyed(clients);
  const before = await ask(alice);
  server.renew({ ...issueServer(nextServing, ['127.0.0.1']), clientCaPem: nextClients.certPem });
  expect((await ask()).error).toMatch(/certificate/);
  const next = { ca: nextServing.certPem };
  expect((await ask({ ...next, ...alice })).ok).toBe(false);
  expect(await ask({ ...next, ...keyed(nextClients) })).toMatchObject({ ok: true });
  // A session of before does not carry the certificate of before.
  for (const session of before.sessions) {
    expect((await ask({ ...next, ...alice, session })).ok).toBe(false);
  }
  expect(seen).toEqual([true, true]);
});

test('old TLS is refused, HTTP/2 is not offered', async () => {
  const { ask } = await start();
  expect((await ask({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).ok).toBe(false);
  expect(await ask({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).toMatchObject({ ok: true });
  expect(await ask({ ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({ protocol: 'http/1.1' });
});
