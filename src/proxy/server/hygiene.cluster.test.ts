import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshNamespace } from '../../../test/support/cluster.ts';
import {
  proxyToken,
  startGuardedUpstream,
  type GuardedUpstream,
} from '../../../test/support/guarded-upstream.ts';
import { freshAccount } from '../../../test/support/proxy-harness.ts';
import { rawRequest, sendRaw, type RawAnswer } from '../../../test/support/raw-http.ts';
import { valuesOf } from '../../../test/support/recording-upstream.ts';

/** Byte by byte: whatever a client sends, who is upstream sees one identity, and it is the client's. */
let guarded: GuardedUpstream;
let account: Awaited<ReturnType<typeof freshAccount>>;
let auth: string;
let groups: string[];
const get = 'GET /api/v1/pods HTTP/1.1';
const host = 'Host: x';

beforeAll(async () => {
  const namespace = await freshNamespace('hygiene');
  account = await freshAccount(namespace, 'view');
  auth = `Authorization: Bearer ${account.token}`;
  groups = [
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    'system:authenticated',
  ];
  guarded = await startGuardedUpstream();
});
afterAll(() => guarded[Symbol.asyncDispose]());
beforeEach(() => void guarded.upstream.requests.splice(0));

const who = /^(?:authorization|impersonate|x-remote|x-forwarded-client)/;

/** Sends it; every request that has reached the upstream carries the one identity and nothing else. */
async function send(bytes: string | Buffer): Promise<RawAnswer> {
  const answer = await sendRaw(guarded.port, bytes);
  for (const request of guarded.upstream.requests) {
    expect(valuesOf(request, 'authorization')).toEqual([proxyToken]);
    expect(valuesOf(request, 'impersonate-user')).toEqual([account.user]);
    expect(valuesOf(request, 'impersonate-group')).toEqual(groups);
    expect(valuesOf(request, 'host')).toEqual([new URL(guarded.upstream.url).host]);
    const known =
      /^(?:authorization|impersonate-(?:user|group|uid|extra-authentication\.kubernetes\.io%2f[\w-]+))$/;
    const odd = request.headers.filter(
      ([name]) => who.test(name.replaceAll(/[^a-z]/g, '-')) && !known.test(name),
    );
    expect(odd).toEqual([]);
    expect(JSON.stringify(request)).not.toContain(account.token);
  }
  return answer;
}

/** Passed on, once, as the caller. */
async function expectPassed(bytes: string) {
  const { statuses } = await send(bytes);
  expect(statuses).toEqual([200, 200]);
  expect(guarded.upstream.requests).toHaveLength(1);
  const [request] = guarded.upstream.requests;
  if (!request) throw new Error('nothing has arrived');
  return request;
}

/** Answered by the proxy; nothing has gone upstream. */
async function expectRefused(bytes: string | Buffer, status: number) {
  const { statuses } = await send(bytes);
  expect(statuses[0]).toBe(status);
  expect(guarded.upstream.requests).toEqual([]);
}

describe('headers that belong to the connection', () => {
  test.each([
    'Impersonate-User',
    'Impersonate-User, Impersonate-Group',
    'keep-alive, impersonate-user',
    'Authorization',
    'keep-alive, authorization',
    'Host',
    'IMPERSONATE-USER',
    'Impersonate-Extra-Scopes',
    ',,,Impersonate-User ,',
    'upgrade, Impersonate-User',
    'te',
  ])('Connection: %s takes nothing away', async (value) => {
    const { statuses } = await send(rawRequest(get, host, auth, `Connection: ${value}`));
    expect(statuses[0]).toBe(200);
    expect(guarded.upstream.requests).toHaveLength(1);
  });

  test('neither do several of them', async () => {
    const lines = [
      'Connection: a',
      'Connection: Impersonate-User',
      'connection: Impersonate-Group',
    ];
    await expectPassed(rawRequest(get, host, auth, ...lines));
  });

  test.each([
    ['TE: trailers'],
    ['Trailer: Impersonate-User'],
    ['Keep-Alive: timeout=5'],
    ['Proxy-Authorization: Basic eDp5'],
    ['Proxy-Connection: keep-alive'],
    ['Upgrade: h2c'],
    ['HTTP2-Settings: AAMAAABk'],
    ['Upgrade: TLS/1.0'],
  ])('%s ends here', async (line) => {
    const request = await expectPassed(rawRequest(get, host, auth, line));
    expect(valuesOf(request, (line.split(':')[0] ?? '').toLowerCase())).toEqual([]);
  });
});

describe('headers that say who somebody is', () => {
  test.each([
    ['X-Remote-User: admin'],
    ['X-Remote-Group: system:masters'],
    ['X-Remote-Extra-Scopes: all'],
    ['X_Remote_User: admin'],
    ['X-Forwarded-Client-Cert: Hash=00;Cert="x"'],
    ['X_Forwarded_Client_Cert: Hash=00'],
    ['X-Forwarded-For: 10.0.0.1'],
    ['Forwarded: for=10.0.0.1'],
    ['X-Forwarded-User: admin'],
    ['Impersonate_X.Y: a'.replace('Impersonate_X.Y', 'X_Impersonate_User')],
  ])('%s is not passed on', async (line) => {
    const request = await expectPassed(rawRequest(get, host, auth, line));
    const [name = '', value = ''] = line.split(': ');
    expect(valuesOf(request, name.toLowerCase())).not.toContain(value);
  });

  test.each([
    ['Impersonate-User: admin', 403],
    ['impersonate-user: admin', 403],
    ['Impersonate-User:admin', 403],
    ['Impersonate-User: ', 400],
    ['Impersonate_User: admin', 400],
    ['Impersonate.User: admin', 400],
    ['Impersonate~User: admin', 400],
    ['Impersonate-Userx: admin', 400],
    ['Impersonate-Group: system:masters', 400],
    ['Impersonate-Uid: 1', 400],
    ['Impersonate-Extra-Scopes: all', 400],
    ['Impersonate-Extra-: all', 400],
    ['Impersonate-User : admin', 400],
    ['Impersonate-User\t: admin', 400],
    ['X-A: b\r\n Impersonate-User: admin', 400],
    ['X-A: b\r\n\tImpersonate-User: admin', 400],
    ['X-A: b\nImpersonate-User: admin', 400],
    ['X-A: b\rImpersonate-User: admin', 400],
    ['X-A: b\0Impersonate-User: admin', 400],
    [': admin', 400],
    ['Impersonate-User: \xff\xfe', 400],
  ])('%j is refused', async (line, status) => {
    const bytes = Buffer.from(rawRequest(get, host, auth, line), 'latin1');
    await expectRefused(bytes, status);
  });

  test('a second value to impersonate is refused before anybody is asked', async () => {
    const lines = ['Impersonate-User: a', `Impersonate-User: ${account.user}`];
    await expectRefused(rawRequest(get, host, auth, ...lines), 400);
  });

  test.each([
    [
      'two',
      (token: string) => [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
    ],
    ['another scheme', () => ['Authorization: Basic eDp5']],
    ['no scheme', (token: string) => [`Authorization: ${token}`]],
    ['an empty one', () => ['Authorization: Bearer ']],
    ['none', () => []],
    ['two in one', (token: string) => [`Authorization: Bearer ${token}, Bearer ${token}`]],
    ['one beside a space', (token: string) => [`Authorization: Bearer ${token} x`]],
  ])('of tokens, %s is refused', async (_, lines) => {
    await expectRefused(rawRequest(get, host, ...lines(account.token)), 403);
  });

  test('a folded one is refused', async () => {
    const folded = rawRequest(get, host, 'Authorization: Bearer', ` ${account.token}`);
    await expectRefused(folded, 400);
  });
});

describe('requests within requests', () => {
  const hidden = rawRequest('GET /api/v1/secrets HTTP/1.1', host);
  const post = 'POST /api/v1/namespaces/a/configmaps HTTP/1.1';
  test.each([
    [
      'both lengths',
      [`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked'],
      `0\r\n\r\n`,
    ],
    ['chunked and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n`],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${hidden.length}`], ''],
    ['a length in a list', [`Content-Length: 0, ${hidden.length}`], ''],
    ['a signed length', ['Content-Length: +0'], ''],
    ['a hexadecimal length', ['Content-Length: 0x0'], ''],
    ['a coding nobody knows', ['Transfer-Encoding: xchunked'], `0\r\n\r\n`],
    ['a coding on top', ['Transfer-Encoding: gzip, chunked'], `0\r\n\r\n`],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], `0\r\n\r\n`],
    [
      'chunked and none',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      `0\r\n\r\n`,
    ],
    ['a tab before chunked', ['Transfer-Encoding:\x0bchunked'], `0\r\n\r\n`],
    ['a space before the colon', ['Transfer-Encoding : chunked'], `0\r\n\r\n`],
    ['an odd chunk size', ['Transfer-Encoding: chunked'], `0x0\r\n\r\n`],
  ])('%s', async (_, lines, body) => {
    const { statuses } = await send(rawRequest(post, host, auth, ...lines) + body + hidden);
    expect(statuses[0]).toBe(400);
    expect(guarded.upstream.requests).toEqual([]);
  });

  test('a body is passed as one, whatever it looks like', async () => {
    const length = `Content-Length: ${hidden.length}`;
    const request = await expectPassed(rawRequest(post, host, auth, length) + hidden);
    expect(request.body).toBe(hidden);
    guarded.upstream.requests.splice(0);
    const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
    const chunked = rawRequest(post, host, auth, 'Transfer-Encoding: chunked') + chunk;
    expect((await expectPassed(chunked)).body).toBe(hidden);
  });

  test.each([
    ['a length', `Content-Length: ${hidden.length}`],
    ['chunks', 'Transfer-Encoding: chunked'],
  ])('a request to upgrade with %s is refused', async (_, line) => {
    const lines = ['Connection: Upgrade', 'Upgrade: websocket', line];
    await expectRefused(rawRequest(get, host, auth, ...lines) + hidden, 400);
  });

  test('what follows a request to upgrade that is refused is no request', async () => {
    const lines = ['Connection: Upgrade', 'Upgrade: SPDY/3.1'];
    const exec = 'POST /api/v1/namespaces/a/pods/b/exec?command=c HTTP/1.1';
    const { statuses } = await send(rawRequest(exec, host, auth, ...lines) + hidden);
    expect(statuses).toEqual([400]);
    expect(guarded.upstream.requests.map(({ target }) => target)).toEqual([
      '/api/v1/namespaces/a/pods/b/exec?command=c',
    ]);
  });

  test.each([
    ['GET /api/v1/pods HTTP/1.1\r\nHost: a\r\nHost: b'],
    ['GET /api/v1/pods HTTP/1.1'],
    ['GET /api/v1/pods HTTP/9.9\r\nHost: x'],
    ['get /api/v1/pods HTTP/1.1\r\nHost: x'],
    ['GET http://x/api/v1/pods HTTP/1.1\r\nHost: x'],
    ['GET /api/v1/pods\r\nHost: x'],
  ])('%j is no request', async (head) => {
    const { statuses } = await send(rawRequest(head, auth));
    expect(statuses[0]).toBe(400);
    expect(guarded.upstream.requests).toEqual([]);
  });

  test.each(['TRACE', 'PROPFIND', 'PURGE'])('%s is no method of the API server', async (method) => {
    await expectRefused(rawRequest(`${method} /api/v1/pods HTTP/1.1`, host, auth), 405);
  });

  test('CONNECT opens nothing', async () => {
    const { statuses } = await send(rawRequest('CONNECT 10.0.0.1:443 HTTP/1.1', host, auth));
    expect(statuses).toEqual([]);
    expect(guarded.upstream.requests).toEqual([]);
  });
});

test('the headers of a client that say what it wants arrive as they were', async () => {
  const lines = [
    'Accept: application/cbor, application/json;as=Table',
    'User-Agent: a',
    'X-Stream-Protocol-Version: v4',
    'X-Stream-Protocol-Version: v5',
    'kubectl-command: get',
  ];
  const request = await expectPassed(rawRequest(get, host, auth, ...lines));
  const sent = lines.map((line) => {
    const [name = '', value = ''] = line.split(': ');
    return [name.toLowerCase(), value];
  });
  expect(request.headers).toEqual(expect.arrayContaining(sent));
});

test('thousands of headers end the request, and hide none', async () => {
  const many = Array.from({ length: 2500 }, (_, index) => `A${index}: b`);
  const bytes = rawRequest(get, host, auth, ...many, 'Impersonate-User: admin');
  await expectRefused(bytes, 403);
  const more = Array.from({ length: 9000 }, (_, index) => `A${index}: b`);
  await expectRefused(rawRequest(get, host, auth, ...more), 431);
});
