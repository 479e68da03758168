import { expect, it } from 'vitest';
import { concurrently } from './concurrently.ts';

it('keeps order, and never runs more than the limit', async () => {
  let running = 0;
  let most = 0;
  const results = await concurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return item * 10;
  });
  expect(results).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(most).toBe(3);
});

it('tries all, then throws the first error in order', async () => {
  const tried: number[] = [];
  const work = async (item: number) => {
    tried.push(item);
    if (item === 3) throw new Error('three');
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 2) throw new Error('two');
  };
  await expect(concurrently([1, 2, 3, 4], 2, work)).rejects.toThrow('two');
  expect(tried).toEqual([1, 2, 3, 4]);
});

it('of nothing is nothing', async () => {
  expect(await concurrently([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
