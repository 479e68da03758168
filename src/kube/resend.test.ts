import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { KubeTransportError } from './api-error.ts';
import { defaultResendPolicy, resend } from './resend.ts';

type Answer = { status: number; retryAfter?: string };
const reset = () =>
  new KubeTransportError('gone', {
    cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  });

/** Sends what is scripted, moving the clock along; the last entry repeats. */
async function run(script: (Answer | Error)[], idempotent: boolean, signal?: AbortSignal) {
  const clock = createFakeClock();
  const started = clock.now();
  let sent = 0;
  const result = resend(
    () => {
      const next = script[Math.min(sent++, script.length - 1)];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next as Answer);
    },
    { idempotent, clock, policy: defaultResendPolicy, signal },
  ).then(
    (answer) => answer.status,
    (error: unknown) => error,
  );
  const progress = { settled: false };
  void result.then(() => (progress.settled = true));
  while (!progress.settled) {
    await clock.advance(0);
    if (!progress.settled) clock.next();
  }
  return { result: await result, sent, waitedMs: clock.now() - started };
}

describe('429 with Retry-After', () => {
  test.each([true, false])('is waited for and asked again (idempotent: %s)', async (idempotent) => {
    const outcome = await run([{ status: 429, retryAfter: '2' }, { status: 200 }], idempotent);
    expect(outcome).toMatchObject({ result: 200, sent: 2 });
    expect(outcome.waitedMs).toBeGreaterThanOrEqual(2000);
    expect(outcome.waitedMs).toBeLessThanOrEqual(2500);
  });

  test('that never ends is given to the caller', async () => {
    const outcome = await run([{ status: 429, retryAfter: '1' }], true);
    expect(outcome).toMatchObject({ result: 429, sent: defaultResendPolicy.maxThrottled + 1 });
  });

  test.each(['3600', '99999999', 'soon', undefined])(
    'of %s is given to the caller at once',
    async (after) => {
      const answer: Answer =
        after === undefined ? { status: 429 } : { status: 429, retryAfter: after };
      expect(await run([answer], true)).toMatchObject({ result: 429, sent: 1, waitedMs: 0 });
    },
  );
});

describe('503 with Retry-After', () => {
  test('repeats what may be repeated only', async () => {
    const script = [{ status: 503, retryAfter: '1' }, { status: 200 }];
    expect(await run(script, true)).toMatchObject({ result: 200, sent: 2 });
    expect(await run(script, false)).toMatchObject({ result: 503, sent: 1 });
  });
});

describe('503 that says no more than that', () => {
  test('repeats what may be repeated only', async () => {
    const script = [{ status: 503 }, { status: 200 }];
    const outcome = await run(script, true);
    expect(outcome).toMatchObject({ result: 200, sent: 2 });
    expect(outcome.waitedMs).toBeGreaterThan(0);
    expect(await run(script, false)).toMatchObject({ result: 503, sent: 1, waitedMs: 0 });
  });

  test('that lasts is given to the caller, within a few seconds', async () => {
    const outcome = await run([{ status: 503 }], true);
    expect(outcome).toMatchObject({ result: 503, sent: defaultResendPolicy.maxUnavailable + 1 });
    expect(outcome.waitedMs).toBeLessThan(3000);
  });

  test('takes nothing from what a server may ask to wait for', async () => {
    const away = Array.from({ length: defaultResendPolicy.maxUnavailable }, () => ({
      status: 503,
    }));
    const throttled = { status: 429, retryAfter: '1' };
    expect(await run([...away, throttled, { status: 200 }], true)).toMatchObject({ result: 200 });
  });
});

describe('a broken connection', () => {
  test('repeats what may be repeated, a few times', async () => {
    expect(await run([reset(), { status: 200 }], true)).toMatchObject({ result: 200, sent: 2 });
    const endless = await run([reset()], true);
    expect(endless.result).toBeInstanceOf(KubeTransportError);
    expect(endless.sent).toBe(defaultResendPolicy.maxResets + 1);
  });

  test('never repeats a write that may have happened', async () => {
    expect((await run([reset(), { status: 200 }], false)).sent).toBe(1);
  });

  test('other failures are not repeated', async () => {
    const refused = new KubeTransportError('no', { cause: new Error('refused') });
    expect((await run([refused, { status: 200 }], true)).sent).toBe(1);
  });
});

test('an abort ends the wait', async () => {
  const controller = new AbortController();
  const clock = createFakeClock();
  const waiting = resend(() => Promise.resolve({ status: 429, retryAfter: '5' }), {
    idempotent: true,
    clock,
    policy: defaultResendPolicy,
    signal: controller.signal,
  });
  await clock.advance(10);
  controller.abort(new Error('shutdown'));
  await expect(waiting).rejects.toThrow('shutdown');
  expect(clock.pending).toBe(0);
});
