import { expect, test } from 'vitest';
import { createFakeClock, settled } from '../../../test/support/fake-clock.ts';
import { exponentialBackoff } from './backoff.ts';
import { createFairQueue, type Next } from './fair-queue.ts';

/** Keys in `remote` are aside: two workers, of which a tenant has at most one; others have one. */
function setUp() {
  const remote = new Set<string>();
  const queue = createFairQueue({
    tenantOf: (key) => key.split('/')[0] ?? '',
    workers: 1,
    aside: { isAside: (key) => remote.has(key), workers: 2, perTenant: 1 },
    clock: createFakeClock(),
    backoff: exponentialBackoff({ minMs: 750, maxMs: 900_000, random: () => 0 }),
  });
  const started: string[] = [];
  const open = new Map<string, (next: Next) => void>();
  queue.start((key, { asked }) => {
    started.push(`${key}${asked ? ' asked' : ''}`);
    return new Promise((resolve) => open.set(key, resolve));
  });
  const end = async (key: string, next: Next = { when: 'change' }) => {
    open.get(key)?.(next);
    await settled();
  };
  const add = async (...keys: string[]) => {
    for (const key of keys) queue.add(key);
    await settled();
  };
  const addAside = (...keys: string[]) => {
    for (const key of keys) remote.add(key);
    return add(...keys);
  };
  return { queue, remote, add, addAside, end, takeStarted: () => started.splice(0) };
}

test('keys aside that never end keep nobody else from a worker', async () => {
  const { queue, add, addAside, end, takeStarted } = setUp();
  await addAside('a/1', 'b/1', 'c/1');
  await add('c/near');
  expect(takeStarted()).toEqual(['a/1', 'b/1', 'c/near']);
  expect(queue).toMatchObject({ active: 3, depth: 1 });
  await end('b/1');
  expect(takeStarted()).toEqual(['c/1']);
});

test('of the workers aside, a tenant has its share and no more', async () => {
  const { addAside, end, takeStarted } = setUp();
  await addAside('a/1', 'a/2', 'a/3');
  expect(takeStarted()).toEqual(['a/1']);
  await addAside('b/1');
  expect(takeStarted()).toEqual(['b/1']);
  await end('a/1');
  expect(takeStarted()).toEqual(['a/2']);
});

test('a key that becomes one while it waits takes its turn along', async () => {
  const { queue, remote, add, addAside, end, takeStarted } = setUp();
  await add('a/busy');
  queue.add('b/x', { asked: true });
  await settled();
  expect(takeStarted()).toEqual(['a/busy']);
  await addAside('b/x');
  expect(takeStarted()).toEqual(['b/x asked']);
  expect(queue.depth).toBe(0);
  remote.delete('b/x');
  await add('b/x');
  await end('b/x');
  expect(takeStarted()).toEqual([]);
  await end('a/busy');
  expect(takeStarted()).toEqual(['b/x']);
  await end('b/x');
  expect(queue).toMatchObject({ size: 0, active: 0 });
});
