import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { Refusal } from '../refusal.ts';
import { createReadiness } from './readiness.ts';

function started() {
  let [now, asked, isThere] = [100_000, 0, true];
  const clock: Clock = { now: () => now, after: () => () => {} };
  const client = {
    raw<T>(): Promise<T> {
      asked += 1;
      // The type of an answer is the caller's claim, as with the real one.
      return isThere ? Promise.resolve('ok' as T) : Promise.reject(new Error('starting'));
    },
  };
  return {
    readiness: createReadiness(client, clock),
    asked: () => asked,
    pass: (ms: number) => void (now += ms),
    there: (is: boolean) => void (isThere = is),
  };
}

test('is asked for once by all who want to know, and again soon', async () => {
  const { readiness, asked, pass } = started();
  const answers = await Promise.all([readiness.isReady(), readiness.isReady()]);
  expect(answers).toEqual([true, true]);
  await readiness.assertReady();
  expect(asked()).toBe(1);
  pass(500);
  expect(await readiness.isReady()).toBe(true);
  expect(asked()).toBe(2);
});

test('an API server that is not ready is not believed, nor in the first second in which it is', async () => {
  const { readiness, pass, there } = started();
  there(false);
  expect(await readiness.isReady()).toBe(false);
  const refusal = await readiness.assertReady().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ status: { code: 503 }, retryAfter: 1 });
  there(true);
  pass(999);
  expect(await readiness.isReady()).toBe(false);
  pass(1);
  expect(await readiness.isReady()).toBe(true);
});

test('a request that has met nobody counts, though it was ready a moment before', async () => {
  const { readiness, pass } = started();
  expect(await readiness.isReady()).toBe(true);
  readiness.doubt();
  expect(await readiness.isReady()).toBe(false);
  pass(1_000);
  expect(await readiness.isReady()).toBe(true);
});
