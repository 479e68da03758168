import { describe, expect, it } from 'vitest';
import { intervalMs, retryMs, timeoutMs } from './timing.ts';

describe('timing', () => {
  it.each([
    [{ interval: '20s' }, 30_000],
    [{ interval: '5m' }, 270_000],
    [{ interval: '5m', timeout: '1m' }, 60_000],
    [{ interval: '5m', timeout: '1s' }, 30_000],
    [{ interval: '1m', timeout: '2h' }, 7_200_000],
  ])('the timeout of %o is %d ms', (spec, ms) => {
    expect(timeoutMs(spec)).toBe(ms);
  });

  it('retries after retryInterval, by default after the interval', () => {
    expect(retryMs({ interval: '5m' })).toBe(300_000);
    expect(retryMs({ interval: '5m', retryInterval: '10s' })).toBe(10_000);
    expect(retryMs({ interval: '5m', retryInterval: '0s' })).toBe(300_000);
  });

  it('never makes a duration that a timer could not hold', () => {
    const spec = { interval: `${'9'.repeat(40)}h` };
    expect(Number.isSafeInteger(intervalMs(spec))).toBe(true);
    expect(timeoutMs(spec)).toBeLessThan(intervalMs(spec));
  });
});
