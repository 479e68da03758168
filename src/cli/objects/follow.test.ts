import { expect, test } from 'vitest';
import { merge } from './follow.ts';

async function* of<T>(...items: T[]) {
  for (const item of items) yield await Promise.resolve(item);
}

test('all items of all sequences, each in its order', async () => {
  const seen: string[] = [];
  for await (const item of merge([of('a1', 'a2'), of<string>(), of('b1')])) seen.push(item);
  expect(seen.toSorted()).toEqual(['a1', 'a2', 'b1']);
  expect(seen.indexOf('a1')).toBeLessThan(seen.indexOf('a2'));
});

test('a sequence that fails ends all', async () => {
  async function* failing() {
    yield await Promise.resolve('x');
    throw new Error('no more');
  }
  const { promise: never } = Promise.withResolvers<string>();
  async function* waiting() {
    yield await never;
  }
  const merged = merge([failing(), waiting()]);
  expect((await merged.next()).value).toBe('x');
  await expect(merged.next()).rejects.toThrow('no more');
});
