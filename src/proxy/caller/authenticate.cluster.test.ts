import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseBlocks } from '../../base/address-blocks.ts';
import { createAuthority, issueClient } from '../../base/certificate.ts';
import { systemClock } from '../../base/clock.ts';
import { freshNamespace, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  proxyToken,
  startGuardedUpstream,
  type GuardedUpstream,
} from '../../../test/support/guarded-upstream.ts';
import { freshAccount } from '../../../test/support/proxy-harness.ts';
import { rawRequest, sendRaw } from '../../../test/support/raw-http.ts';
import { valuesOf } from '../../../test/support/recording-upstream.ts';
import type { ProxyOptions } from '../create-proxy.ts';

/** Tokens, as the real API server judges them; what is upstream learns of no one who is not known. */
let namespace: string;
let account: Awaited<ReturnType<typeof freshAccount>>;
const open: GuardedUpstream[] = [];
const get = 'GET /api/v1/pods HTTP/1.1';

beforeAll(async () => {
  namespace = await freshNamespace('tokens');
  account = await freshAccount(namespace, 'view');
});
afterEach(async () => {
  for (const guarded of open.splice(0)) await guarded[Symbol.asyncDispose]();
});
afterAll(() => kubectlOk(['delete', 'namespace', namespace, '--wait=false']));

async function start(options: Parameters<typeof startGuardedUpstream>[0] = {}) {
  const guarded = await startGuardedUpstream(options);
  open.push(guarded);
  const send = async (...lines: string[]) => {
    const { statuses, text } = await sendRaw(guarded.port, rawRequest(get, 'Host: x', ...lines));
    return { status: statuses[0], text };
  };
  return { ...guarded, send };
}

const bearer = (token: string) => `Authorization: Bearer ${token}`;

test('a token for another audience is nobody', async () => {
  const { send, upstream } = await start();
  const create = ['-n', namespace, 'create', 'token', account.name, '--audience=other'];
  const token = (await kubectlOk(create)).trim();
  const { status, text } = await send(bearer(token));
  expect(status).toBe(403);
  expect(text).toContain('"kind":"Status"');
  expect(text).not.toContain(token);
  expect(upstream.requests).toEqual([]);
});

test('a token whose signature was changed, cut off or replaced is nobody', async () => {
  const { send, upstream, lines } = await start();
  const [head = '', body = '', signature = ''] = account.token.split('.');
  const forged = [
    [head, body, signature.slice(2)],
    [head, body, ''],
    [head, body, `AA${signature.slice(2)}`],
    [Buffer.from('{"alg":"none"}').toString('base64url'), body, ''],
    [head, Buffer.from('{"sub":"system:admin"}').toString('base64url'), signature],
  ].map((parts) => parts.join('.'));
  for (const token of forged) expect((await send(bearer(token))).status).toBe(403);
  expect(upstream.requests).toEqual([]);
  expect(lines.join('')).not.toContain(body);
});

test('a token ends with its account', async () => {
  const { send, upstream } = await start();
  const gone = await freshAccount(namespace, 'view');
  expect((await send(bearer(gone.token))).status).toBe(200);
  await kubectlOk(['-n', namespace, 'delete', 'serviceaccount', gone.name]);
  await eventually('it is refused', async () => (await send(bearer(gone.token))).status === 403);
  const reached = upstream.requests.length;
  expect((await send(bearer(gone.token))).status).toBe(403);
  expect(upstream.requests).toHaveLength(reached);
});

test.each([
  ['fails', () => Promise.reject(new Error('connection refused'))],
  ['says nothing', () => Promise.resolve({})],
  ['says yes to nobody', () => Promise.resolve({ status: { authenticated: true } })],
  [
    'says yes with an error',
    () => Promise.resolve({ status: { authenticated: true, error: 'x', user: { username: 'a' } } }),
  ],
])('when the review %s, nothing goes upstream', async (how, raw) => {
  const { send, upstream } = await start({ client: { raw: raw as never } });
  const { status } = await send(bearer('t'));
  expect(status).toBe(how === 'fails' ? 503 : 403);
  expect(upstream.requests).toEqual([]);
});

test('when the review does not end in time, nothing goes upstream', async () => {
  const raw = ({ signal }: { signal: AbortSignal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  const clock = {
    ...systemClock,
    after: (_: number, end: () => void) => systemClock.after(0, end),
  };
  const { send, upstream } = await start({ client: { raw: raw as never }, clock });
  expect((await send(bearer('t'))).status).toBe(503);
  expect(upstream.requests).toEqual([]);
});

test.each([
  ['fails', () => Promise.reject(new Error('connection refused')), 503],
  ['says no', () => Promise.resolve({ status: { allowed: false } }), 403],
  ['says nothing', () => Promise.resolve({}), 403],
])('when the review of whom it may be %s, nothing goes upstream', async (_, review, expected) => {
  const asked: string[] = [];
  const raw = ({ path }: { path: string }) => {
    asked.push(path.split('/').at(-1) ?? '');
    const user = { authenticated: true, user: { username: 'a', groups: ['system:authenticated'] } };
    return asked.length === 1 ? Promise.resolve({ status: user }) : review();
  };
  const { send, upstream } = await start({ client: { raw: raw as never } });
  const groups = ['b', 'c', 'd'].map((group) => `Impersonate-Group: ${group}`);
  expect((await send(bearer('t'), 'Impersonate-User: admin', ...groups)).status).toBe(expected);
  expect(upstream.requests).toEqual([]);
  expect(asked).toEqual(['tokenreviews', 'subjectaccessreviews']);
});

describe.each([['caller'], ['proxy']] as const)('sent on as the %s', (as) => {
  test.each([
    ['a newline in a group', { username: 'a', groups: ['b\r\nImpersonate-Group: c'] }],
    ['a name of spaces', { username: ' ' }],
    ['a name with a space around', { username: 'a ' }],
    ['a name of half a character', { username: 'a\ud800' }],
    ['an empty group', { username: 'a', groups: [''] }],
    ['an extra without a key', { username: 'a', extra: { '': ['x'] } }],
    ['the group of what is granted', { username: 'a', groups: ['tenantry.dev:granted'] }],
  ])('a user that headers cannot carry (%s) is refused', async (_, user) => {
    const answer = { status: { authenticated: true, user } };
    const { send, upstream } = await start({
      client: { raw: () => Promise.resolve(answer as never) },
      as,
    });
    expect((await send(bearer('t'))).status).toBe(403);
    expect(upstream.requests).toEqual([]);
  });
});

test('a browser puts its token among the protocols of a websocket, and it ends here', async () => {
  const { port, upstream, send } = await start();
  const encoded = Buffer.from(account.token).toString('base64url');
  const token = `base64url.bearer.authorization.k8s.io.${encoded}`;
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: a',
    'Sec-WebSocket-Version: 13',
  ];
  upstream.upgrade = (_, socket) =>
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes',
    );
  const watch = 'GET /api/v1/pods?watch=1 HTTP/1.1';
  const ask = (...protocols: string[]) =>
    sendRaw(
      port,
      rawRequest(
        watch,
        'Host: x',
        ...upgrade,
        ...protocols.map((each) => `Sec-WebSocket-Protocol: ${each}`),
      ),
    );

  const { text } = await ask(`${token}, v5.channel.k8s.io`);
  expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nbytes$/);
  const [request] = upstream.requests.splice(0);
  if (!request) throw new Error('nothing has arrived');
  expect(valuesOf(request, 'sec-websocket-protocol')).toEqual(['v5.channel.k8s.io']);
  expect(valuesOf(request, 'impersonate-user')).toEqual([account.user]);
  expect(JSON.stringify(request)).not.toContain(encoded);

  for (const protocols of [
    [token],
    [`${token}, ${token}, x`],
    [`${token}!, x`],
    [`${token}, x`, token],
  ]) {
    expect((await ask(...protocols)).statuses[0]).toBe(403);
  }
  // Where no websocket is wanted, there is no such token.
  expect((await send(`Sec-WebSocket-Protocol: ${token}, x`)).status).toBe(403);
  expect(upstream.requests).toEqual([]);
});

describe('a forwarded certificate', () => {
  const authority = createAuthority('cluster');
  const header = 'x-client-cert';
  const loopback = parseBlocks(['127.0.0.0/8']);
  const authorities = { certificates: () => [new X509Certificate(authority.certPem)] };
  const by = (more: Partial<ProxyOptions> = {}) =>
    start({ forwarded: { header, trusted: loopback }, authorities, ...more });
  const certificate = (commonName: string, ...organizations: string[]) => {
    const { certPem } = issueClient(authority, { commonName, organizations });
    return `X-Client-Cert: Cert="${encodeURIComponent(certPem)}"`;
  };
  const user = ({ requests }: GuardedUpstream['upstream']) =>
    requests.splice(0).map((request) => {
      expect(valuesOf(request, header)).toEqual([]);
      expect(valuesOf(request, 'authorization')).toEqual([proxyToken]);
      return [...valuesOf(request, 'impersonate-user'), ...valuesOf(request, 'impersonate-group')];
    });

  test('from a trusted peer is the user and its groups, in the header that is named', async () => {
    const { send, upstream } = await by();
    expect((await send(certificate('alice', 'devs'))).status).toBe(200);
    expect(user(upstream)).toEqual([['alice', 'devs', 'system:authenticated']]);
    const other = certificate('alice').replace('X-Client-Cert', 'X-Forwarded-Client-Cert');
    expect((await send(other)).text).toContain('no credentials');
    expect(upstream.requests).toEqual([]);
  });

  test('of a member of system:masters, of another authority or twice is refused', async () => {
    const { send, upstream } = await by();
    const foreign = issueClient(createAuthority('cluster'), { commonName: 'alice' }).certPem;
    for (const lines of [
      [certificate('alice', 'system:masters')],
      [`X-Client-Cert: Cert="${encodeURIComponent(foreign)}"`],
      [certificate('alice'), certificate('alice')],
    ]) {
      expect((await send(...lines)).status).toBe(403);
    }
    expect(upstream.requests).toEqual([]);
  });

  test('that has ended is refused', async () => {
    const later = () => Date.now() + 11 * 366 * 24 * 3600_000;
    const { send, upstream } = await by({ clock: { ...systemClock, now: later } });
    expect((await send(certificate('alice'))).status).toBe(403);
    expect(upstream.requests).toEqual([]);
  });

  test('from where nobody is trusted is not looked at, nor passed on', async () => {
    const trusted = parseBlocks(['10.0.0.0/8']);
    const { send, upstream } = await by({ forwarded: { header, trusted } });
    expect((await send(certificate('alice'))).text).toContain('no credentials');
    expect(upstream.requests).toEqual([]);
    expect((await send(certificate('alice'), bearer(account.token))).status).toBe(200);
    expect(user(upstream)[0]?.[0]).toBe(account.user);
  });

  test.each([
    ['BearerToken', 'XForwardedClientCert'],
    ['XForwardedClientCert', 'BearerToken'],
  ] as const)('beside a token: %s counts, and not %s', async (...authTypes) => {
    const { send, upstream } = await by({ authTypes });
    const [isToken] = [authTypes[0] === 'BearerToken'];
    const good = [certificate('alice'), bearer(account.token)];
    expect((await send(...good)).status).toBe(200);
    expect(user(upstream)[0]?.[0]).toBe(isToken ? account.user : 'alice');
    const bad = ['X-Client-Cert: Cert="x"', bearer('forged')];
    const mixed = isToken ? [good[0], bad[1]] : [bad[0], good[1]];
    // One that is not good is a refusal, even beside a good one.
    expect((await send(...mixed.map((line) => line ?? ''))).status).toBe(403);
    expect(upstream.requests).toEqual([]);
  });
});
