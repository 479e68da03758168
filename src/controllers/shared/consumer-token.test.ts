import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient, RawRequest } from '../../kube/client.ts';
import { createConsumerTokens } from './consumer-token.ts';

/** When a token is asked for again; that real ones are accepted is artifact-tokens.cluster.test.ts. */

const account = { namespace: 'team-a', name: 'app' };
const { signal } = new AbortController();

interface Bounds {
  maxTokens?: number;
  maxAgeMs?: number;
}

function requesting(bounds: Bounds = {}, answer = (count: number): unknown => `token-${count}`) {
  const clock = createFakeClock();
  const requests: RawRequest[] = [];
  const client: Pick<KubeClient, 'raw'> = {
    // The caller names the type of the answer.
    raw: async <T>(request: RawRequest) => {
      requests.push(request);
      const token = answer(requests.length);
      const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
      return { status: { token, expirationTimestamp } } as T;
    },
  };
  const tokens = createConsumerTokens({
    client,
    audience: 'artifacts.tenantry.dev',
    clock,
    ...bounds,
  });
  return { tokens, requests, clock };
}

test('asks for a short-lived token of the consumer’s own account, for one audience', async () => {
  const { tokens, requests } = requesting();
  expect(await tokens.tokenFor(account, signal)).toBe('token-1');
  expect(requests).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/namespaces/team-a/serviceaccounts/app/token',
      body: { spec: { audiences: ['artifacts.tenantry.dev'], expirationSeconds: 600 } },
    },
  ]);
});

test('uses a token again until a minute before its end', async () => {
  const { tokens, clock } = requesting();
  await tokens.tokenFor(account, signal);
  clock.tick(539_000);
  expect(await tokens.tokenFor(account, signal)).toBe('token-1');
  clock.tick(1_000);
  expect(await tokens.tokenFor(account, signal)).toBe('token-2');
});

test('never hands one account’s token to another', async () => {
  const { tokens, requests } = requesting();
  await tokens.tokenFor({ namespace: 'a', name: 'b' }, signal);
  await tokens.tokenFor({ namespace: 'b', name: 'a' }, signal);
  expect(requests).toHaveLength(2);
});

test('a refused token is forgotten', async () => {
  const { tokens } = requesting();
  await tokens.tokenFor(account, signal);
  tokens.forget(account);
  expect(await tokens.tokenFor(account, signal)).toBe('token-2');
});

test('remembers a thousand accounts and no more', async () => {
  const { tokens, requests } = requesting();
  for (let index = 0; index <= 1000; index++) {
    await tokens.tokenFor({ namespace: 'a', name: `n${index}` }, signal);
  }
  await tokens.tokenFor({ namespace: 'a', name: 'n1000' }, signal);
  expect(requests).toHaveLength(1001);
  await tokens.tokenFor({ namespace: 'a', name: 'n0' }, signal);
  expect(requests).toHaveLength(1002);
});

test('a missing account is named', async () => {
  const { tokens } = requesting({}, () => {
    throw new KubeApiError({ code: 404, message: 'not found' });
  });
  await expect(tokens.tokenFor(account, signal)).rejects.toMatchObject({
    class: 'retryable',
    message: expect.stringContaining("ServiceAccount 'team-a/app' not found"),
  });
});

test('a name that is no path segment stays in its own', async () => {
  const { tokens, requests } = requesting();
  await tokens.tokenFor({ namespace: '../kube-system', name: 'a/b' }, signal);
  expect(requests[0]?.path).toBe('/api/v1/namespaces/..%2Fkube-system/serviceaccounts/a%2Fb/token');
});

test('remembers as many tokens as it was told, none at 0', async () => {
  for (const [maxTokens, asked] of [
    [0, 4],
    [1, 4],
    [2, 2],
  ] as const) {
    const { tokens, requests } = requesting({ maxTokens });
    for (const name of ['a', 'b', 'a', 'b']) {
      await tokens.tokenFor({ namespace: 'team-a', name }, signal);
    }
    expect(requests).toHaveLength(asked);
  }
});

test('uses no token for longer than it was told', async () => {
  const { tokens, clock } = requesting({ maxAgeMs: 60_000 });
  await tokens.tokenFor(account, signal);
  clock.tick(59_999);
  expect(await tokens.tokenFor(account, signal)).toBe('token-1');
  clock.tick(1);
  expect(await tokens.tokenFor(account, signal)).toBe('token-2');
});
