import { describe, expect, test } from 'vitest';
import { silentLog, type Log } from '../../base/log.ts';
import type { KubeClient, RawRequest } from '../../kube/client.ts';
import { createTokenReviewer } from './token-review.ts';

/** Answers only a broken or old API server gives; token-review.cluster.test.ts asks a real one. */

const audience = 'artifacts.tenantry.dev';
const startMs = 1_700_000_000_000;

const token = (claims: object = {}, signature = 'c2ln') =>
  [
    { alg: 'RS256' },
    {
      aud: [audience],
      exp: startMs / 1000 + 600,
      sub: 'system:serviceaccount:team-a:app',
      ...claims,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.');

const accepted = {
  authenticated: true,
  audiences: [audience],
  user: { username: 'system:serviceaccount:team-a:app' },
};

function reviewing(answer: (request: RawRequest) => unknown, log: Log = silentLog) {
  let nowMs = startMs;
  const requests: RawRequest[] = [];
  const client: Pick<KubeClient, 'raw'> = {
    // The caller names the type of the answer; a broken server answers what it likes.
    raw: async <T>(request: RawRequest) => {
      requests.push(request);
      return (await answer(request)) as T;
    },
  };
  const clock = { now: () => nowMs, after: () => () => {} };
  const reviewer = createTokenReviewer({ client, audience, clock, log });
  return { reviewer, requests, advance: (ms: number) => (nowMs += ms) };
}

describe('an accepted token', () => {
  test('is its ServiceAccount’s, asked for our audience', async () => {
    const { reviewer, requests } = reviewing(() => ({ status: accepted }));
    expect(await reviewer.serviceAccountOf(token())).toEqual({ namespace: 'team-a', name: 'app' });
    expect(requests[0]).toMatchObject({
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { spec: { token: token(), audiences: [audience] } },
    });
  });

  test('is remembered for seconds, so that a revoked one is not believed for long', async () => {
    const { reviewer, requests, advance } = reviewing(() => ({ status: accepted }));
    await reviewer.serviceAccountOf(token());
    await reviewer.serviceAccountOf(token());
    expect(requests).toHaveLength(1);
    advance(10_001);
    await reviewer.serviceAccountOf(token());
    expect(requests).toHaveLength(2);
  });

  test('is not remembered beyond its own expiry', async () => {
    const { reviewer, requests, advance } = reviewing(() => ({ status: accepted }));
    const short = token({ exp: startMs / 1000 + 2 });
    expect(await reviewer.serviceAccountOf(short)).toBeDefined();
    advance(2_000);
    expect(await reviewer.serviceAccountOf(short)).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  test('is asked for once, however many requests carry it at the same time', async () => {
    const { reviewer, requests } = reviewing(() => ({ status: accepted }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => reviewer.serviceAccountOf(token())),
    );
    expect(requests).toHaveLength(1);
    expect(answers.every((account) => account?.name === 'app')).toBe(true);
  });
});

describe('what is not a token for us never reaches the API server', () => {
  test.each([
    ['empty', ''],
    ['space', ' '],
    ['a word', 'hunter2'],
    ['malformed', 'a.b'],
    ['no JSON', 'aaaa.bbbb.cccc'],
    ['not an object', token().replace(/\..*\./, `.${Buffer.from('null').toString('base64url')}.`)],
    ['a line break', `${token()}\n`],
    ['far too long', token({ pad: 'x'.repeat(20_000) })],
    ['expired', token({ exp: startMs / 1000 - 1 })],
    ['without expiry', token({ exp: undefined })],
    ['expiring in words', token({ exp: 'never' })],
    ['for another audience', token({ aud: ['https://kubernetes.default.svc'] })],
    ['for an audience that starts the same', token({ aud: [`${audience}.evil.example`] })],
    ['for no audience', token({ aud: undefined })],
  ])('%s', async (_, text) => {
    const { reviewer, requests } = reviewing(() => ({ status: accepted }));
    expect(await reviewer.serviceAccountOf(text)).toBeUndefined();
    expect(requests).toEqual([]);
  });
});

describe('an answer that is not a clear yes is a no', () => {
  test.each<[string, unknown]>([
    ['nothing', {}],
    ['no status', { status: null }],
    ['not authenticated, without an error', { status: { ...accepted, authenticated: false } }],
    ['authenticated left out', { status: { ...accepted, authenticated: undefined } }],
    ['authenticated in words', { status: { ...accepted, authenticated: 'true' } }],
    ['authenticated with an error', { status: { ...accepted, error: 'token expired' } }],
    [
      'audiences left out, as by a server that does not know them',
      { status: { ...accepted, audiences: undefined } },
    ],
    ['other audiences', { status: { ...accepted, audiences: ['api'] } }],
    ['no user', { status: { ...accepted, user: undefined } }],
    ['a person', { status: { ...accepted, user: { username: 'alice' } } }],
    ['an empty name', { status: { ...accepted, user: { username: '' } } }],
  ])('%s', async (_, answer) => {
    const { reviewer } = reviewing(() => answer);
    expect(await reviewer.serviceAccountOf(token())).toBeUndefined();
  });

  test('an API server that fails; the next request asks again', async () => {
    let isDown = true;
    const { reviewer } = reviewing(() => {
      if (isDown) throw new Error('connection refused');
      return { status: accepted };
    });
    expect(await reviewer.serviceAccountOf(token())).toBeUndefined();
    isDown = false;
    expect(await reviewer.serviceAccountOf(token())).toBeDefined();
  });

  test('a failure is logged without the token', async () => {
    const lines: unknown[] = [];
    const log: Log = { ...silentLog, error: (...line) => void lines.push(line) };
    const { reviewer } = reviewing(() => {
      throw new Error('down');
    }, log);
    await reviewer.serviceAccountOf(token());
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(token());
  });

  test('a time-out: every review carries a signal that ends it', async () => {
    const { reviewer, requests } = reviewing(() => ({ status: accepted }));
    await reviewer.serviceAccountOf(token());
    expect(requests[0]?.signal).toBeInstanceOf(AbortSignal);
  });
});

test('a flood of well-formed tokens neither grows memory nor reaches the API server at once', async () => {
  const parked: (() => void)[] = [];
  const { reviewer, requests } = reviewing(
    () => new Promise((resolve) => parked.push(() => resolve({ status: {} }))),
  );
  const answers = Array.from({ length: 500 }, (_, index) =>
    reviewer.serviceAccountOf(token({ jti: index })),
  );
  expect(requests.length).toBeLessThanOrEqual(32);
  for (const release of parked) release();
  expect((await Promise.all(answers)).every((account) => account === undefined)).toBe(true);
});

test('refusals are not remembered, acceptances only a thousand at a time', async () => {
  const { reviewer, requests } = reviewing(() => ({ status: accepted }));
  for (let index = 0; index <= 1000; index++)
    await reviewer.serviceAccountOf(token({ jti: index }));
  requests.length = 0;
  await reviewer.serviceAccountOf(token({ jti: 1000 }));
  expect(requests).toHaveLength(0);
  await reviewer.serviceAccountOf(token({ jti: 0 }));
  expect(requests).toHaveLength(1);
});
