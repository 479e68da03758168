import { describe, expect, test } from 'vitest';
import { createByteLru } from './lru.ts';

describe('a cache bounded by bytes', () => {
  test('forgets what was not used for longest', () => {
    const cache = createByteLru<string[]>(100);
    cache.set('a', ['a'], 40);
    cache.set('b', ['b'], 40);
    cache.get('a');
    cache.set('c', ['c'], 40);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([['a'], undefined, ['c']]);
    expect(cache.bytes).toBe(80);
    expect(cache.size).toBe(2);
  });

  test('does not keep what is larger than itself, and keeps the rest', () => {
    const cache = createByteLru<string[]>(100);
    cache.set('a', ['a'], 60);
    cache.set('b', ['b'], 101);
    expect(cache.get('b')).toBeUndefined();
    expect(cache.get('a')).toEqual(['a']);
  });

  test('counts a value put again once', () => {
    const cache = createByteLru<string[]>(100);
    cache.set('a', ['1'], 60);
    cache.set('a', ['2'], 70);
    expect([cache.get('a'), cache.bytes]).toEqual([['2'], 70]);
    cache.delete('a');
    expect(cache.bytes).toBe(0);
  });

  test('keeps as many values as it may at the time', () => {
    let most = 3;
    const cache = createByteLru<string[]>(100, () => most);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, [key], 1);
    expect(['a', 'b'].map((key) => cache.get(key))).toEqual([undefined, ['b']]);
    most = 1;
    cache.set('e', ['e'], 1);
    expect([cache.size, cache.bytes, cache.get('e')]).toEqual([1, 1, ['e']]);
  });

  test.each([0, 0.4])('of %d bytes is legal and keeps nothing of weight', (maxBytes) => {
    const cache = createByteLru<string[]>(maxBytes);
    cache.set('a', ['a'], 10);
    expect(cache.get('a')).toBeUndefined();
  });
});
