import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { RawRequest } from './client.ts';
import { createTokenReviews } from './token-reviews.ts';

/** What a broken server, or a flood of tokens, does; the real API server is asked in src/proxy. */

const user = { username: 'alice', groups: ['a'], uid: '', extra: { scopes: ['x'] } };

function reviewing(answer: (token: string) => unknown, { maxReviews = 8, maxRemembered = 4 } = {}) {
  let [nowMs, asked] = [0, 0];
  const raw = async <T>({ body }: RawRequest) => {
    asked++;
    return (await answer((body as { spec: { token: string } }).spec.token)) as T;
  };
  const clock = { now: () => nowMs, after: () => () => {} };
  const reviews = createTokenReviews({ client: { raw }, clock, maxReviews, maxRemembered });
  return { reviews, asked: () => asked, advance: (ms: number) => (nowMs += ms) };
}
const yes = { status: { authenticated: true, user } };

test('a user is remembered for seconds, as one and the same', async () => {
  const { reviews, asked, advance } = reviewing(() => yes);
  const first = await reviews.userOf('t');
  expect(first).toEqual({ username: 'alice', groups: ['a'], extra: { scopes: ['x'] } });
  expect(await reviews.userOf('t')).toBe(first);
  expect(asked()).toBe(1);
  advance(10_001);
  await reviews.userOf('t');
  expect(asked()).toBe(2);
});

test('never for longer than the token says it lives', async () => {
  const claims = Buffer.from(JSON.stringify({ exp: 3 })).toString('base64url');
  const { reviews, asked, advance } = reviewing(() => yes);
  await reviews.userOf(`a.${claims}.b`);
  advance(3001);
  await reviews.userOf(`a.${claims}.b`);
  expect(asked()).toBe(2);
});

test('requests that come together are one review', async () => {
  const { reviews, asked } = reviewing(() => yes);
  await Promise.all(Array.from({ length: 20 }, () => reviews.userOf('t')));
  expect(asked()).toBe(1);
});

test.each([
  ['no status', {}],
  ['not authenticated', { status: { user } }],
  ['an error', { status: { authenticated: true, error: 'x', user } }],
  ['no user', { status: { authenticated: true } }],
  ['an empty name', { status: { authenticated: true, user: { ...user, username: '' } } }],
  ['no real yes', { status: { authenticated: 'true', user } }],
])('an answer with %s is a no, and is not remembered', async (_, answer) => {
  const { reviews, asked } = reviewing(() => answer);
  expect(await reviews.userOf('t')).toBeUndefined();
  expect(await reviews.userOf('t')).toBeUndefined();
  expect(asked()).toBe(2);
});

test('no answer is an error, not a no', async () => {
  const { reviews } = reviewing(() => Promise.reject(new Error('down')));
  await expect(reviews.userOf('t')).rejects.toThrow('token review failed');
});

test('a flood costs the API server a bounded number of reviews at once', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const { reviews, asked } = reviewing(() => promise);
  const outcomes = Promise.allSettled(Array.from({ length: 20 }, (_, i) => reviews.userOf(`${i}`)));
  resolve({});
  const failed = (await outcomes).filter(({ status }) => status === 'rejected');
  expect([asked(), failed.length]).toEqual([8, 12]);
});

/** `TENANTRY_TOKENS=1000000` for a million. */
const tokenCount = Number(process.env['TENANTRY_TOKENS'] ?? 60_000);

test.each([
  ['bad', {}],
  ['good', yes],
])(`${tokenCount} %s tokens leave nothing behind`, async (_, answer) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { reviews } = reviewing(() => answer, { maxReviews: 10_000, maxRemembered: 100 });
  const half = tokenCount / 2;
  const flood = async (from: number) => {
    for (let index = from; index < from + half; index++) {
      await reviews.userOf(`${index}`.padStart(1000, 'x'));
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await flood(0);
  expect((await flood(half)) - before).toBeLessThan(5_000_000);
});
