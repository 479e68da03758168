import { expect, test } from 'vitest';
import { createFakeClock } from '../../../../test/support/fake-clock.ts';
import type { KubeClient, RawRequest } from '../../../kube/client.ts';
import { createClusterTokens } from './cluster-tokens.ts';

const account = { namespace: 'team', name: 'deployer' };

function setUp(options: { maxTokens?: number; maxAgeMs?: number } = {}) {
  const clock = createFakeClock();
  const requests: RawRequest[] = [];
  const raw = (request: RawRequest) => {
    requests.push(request);
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    return Promise.resolve({ status: { token: `token-${requests.length}`, expirationTimestamp } });
  };
  // Answers as the API server does to a TokenRequest.
  const client = { raw } as Pick<KubeClient, 'raw'>;
  const tokens = createClusterTokens({ clock, maxTokens: 10, maxAgeMs: 3_600_000, ...options });
  const of = (user: string, audiences = ['there']) =>
    tokens.credentials({ account, audiences, client, user });
  return { clock, requests, of };
}

test('a token is asked for once, for its audience, and renewed before it ends', async () => {
  const { clock, requests, of } = setUp();
  const [one, same] = await Promise.all([of('a').current(), of('a').current()]);
  expect([one, same]).toEqual([{ authorization: 'Bearer token-1' }, one]);
  expect(requests[0]).toMatchObject({
    path: '/api/v1/namespaces/team/serviceaccounts/deployer/token',
    body: { spec: { audiences: ['there'], expirationSeconds: 600 } },
  });
  clock.tick(470_000);
  expect(await of('a').current()).toEqual(one);
  clock.tick(20_000);
  expect(await of('a').current()).toEqual({ authorization: 'Bearer token-2' });
});

test('nobody gets the token that another asked for, nor one for another audience', async () => {
  const { requests, of } = setUp();
  await of('a').current();
  await of('b').current();
  await of('a', ['elsewhere']).current();
  expect(requests).toHaveLength(3);
});

test('what was refused, or is older than allowed, or has no room, is asked for anew', async () => {
  const { requests, of } = setUp();
  of('a').reject?.(await of('a').current());
  await of('a').current();
  expect(requests).toHaveLength(2);
  const brief = setUp({ maxAgeMs: 1_000 });
  await brief.of('a').current();
  brief.clock.tick(1_001);
  await brief.of('a').current();
  expect(brief.requests).toHaveLength(2);
  const none = setUp({ maxTokens: 0 });
  await none.of('a').current();
  await none.of('a').current();
  expect(none.requests).toHaveLength(2);
});
