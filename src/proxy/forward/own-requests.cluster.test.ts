import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freshNamespace } from '../../../test/support/cluster.ts';
import {
  proxyToken,
  startGuardedUpstream,
  type GuardedUpstream,
} from '../../../test/support/guarded-upstream.ts';
import { freshAccount } from '../../../test/support/proxy-harness.ts';
import { rawRequest, sendRaw } from '../../../test/support/raw-http.ts';
import { valuesOf } from '../../../test/support/recording-upstream.ts';

/** Were everything decided to be the proxy's own request: it would still only read. */
let guarded: GuardedUpstream;
let account: Awaited<ReturnType<typeof freshAccount>>;

beforeAll(async () => {
  account = await freshAccount(await freshNamespace('own'), 'view');
  guarded = await startGuardedUpstream({ as: 'proxy' });
});
afterAll(() => guarded[Symbol.asyncDispose]());
beforeEach(() => void guarded.upstream.requests.splice(0));

const send = (head: string, ...lines: string[]) => {
  const auth = `Authorization: Bearer ${account.token}`;
  return sendRaw(guarded.port, rawRequest(`${head} HTTP/1.1`, 'Host: x', auth, ...lines));
};

test('it says for whom it reads, and is nobody but itself', async () => {
  const { statuses } = await send('GET /api/v1/namespaces', 'User-Agent: kubectl');
  expect(statuses[0]).toBe(200);
  const [request] = guarded.upstream.requests;
  if (!request) throw new Error('nothing has arrived');
  expect(valuesOf(request, 'authorization')).toEqual([proxyToken]);
  expect(request.headers.filter(([name]) => name.startsWith('impersonate'))).toEqual([]);
  const user = encodeURIComponent(account.user);
  expect(valuesOf(request, 'user-agent')).toEqual([`tenantry-proxy for ${user}`]);
});

test('with the rights of a grant it is the caller, in one group more', async () => {
  await using lending = await startGuardedUpstream({ as: 'granted' });
  const auth = `Authorization: Bearer ${account.token}`;
  const patch = (target: string) =>
    sendRaw(lending.port, rawRequest(`PATCH ${target} HTTP/1.1`, 'Host: x', auth));
  expect((await patch('/api/v1/nodes/a')).statuses[0]).toBe(200);
  const [request] = lending.upstream.requests.splice(0);
  if (!request) throw new Error('nothing has arrived');
  expect(valuesOf(request, 'authorization')).toEqual([proxyToken]);
  expect(valuesOf(request, 'impersonate-user')).toEqual([account.user]);
  expect(valuesOf(request, 'impersonate-group').sort()).toEqual([
    'system:authenticated',
    'system:serviceaccounts',
    `system:serviceaccounts:${account.user.split(':')[2]}`,
    'tenantry.dev:granted',
  ]);
  expect((await patch('/api/v1/namespaces/a')).statuses[0]).toBe(400);
  expect(lending.upstream.requests).toEqual([]);
});

test.each([
  ['POST /api/v1/namespaces'],
  ['PUT /api/v1/namespaces/a'],
  ['PATCH /api/v1/namespaces/a'],
  ['DELETE /api/v1/namespaces/a'],
  ['DELETE /api/v1/namespaces'],
  ['OPTIONS /api/v1/namespaces'],
  ['GET /api/v1/namespaces/a/pods/b/exec?command=c'],
  ['GET /api/v1/namespaces/a/pods/b/log'],
  ['GET /api/v1/nodes/a/proxy/x'],
  ['GET /api/v1/proxy/nodes/a'],
  ['GET /api/v1/namespaces/a/status'],
  ['GET /metrics'],
  ['GET /api'],
])('%s is none of what it does', async (head) => {
  expect((await send(head)).statuses[0]).toBe(400);
  expect(guarded.upstream.requests).toEqual([]);
});
