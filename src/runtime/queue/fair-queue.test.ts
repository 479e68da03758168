import { describe, expect, test } from 'vitest';
import { createFakeClock, settled } from '../../../test/support/fake-clock.ts';
import { exponentialBackoff } from './backoff.ts';
import { createFairQueue, type Next } from './fair-queue.ts';

function setUp({ workers = 1 }: { workers?: number } = {}) {
  const clock = createFakeClock();
  const queue = createFairQueue({
    tenantOf: (key) => key.split('/')[0] ?? '',
    workers,
    clock,
    backoff: exponentialBackoff({ minMs: 750, maxMs: 900_000, random: () => 0 }),
  });
  const started: string[] = [];
  const open = new Map<string, (next: Next | Error) => void>();
  const start = () =>
    queue.start(
      (key, { asked, failures }) =>
        new Promise((resolve, reject) => {
          started.push(`${key}${asked ? ' asked' : ''}${failures ? ` ${failures}` : ''}`);
          open.set(key, (next) => (next instanceof Error ? reject(next) : resolve(next)));
        }),
    );
  const end = async (key: string, next: Next | Error = { when: 'change' }) => {
    open.get(key)?.(next);
    open.delete(key);
    await settled();
  };
  return { clock, queue, started, start, end, takeStarted: () => started.splice(0) };
}

describe('adding', () => {
  test('any number of times before the run is one run', async () => {
    const { queue, start, end, takeStarted } = setUp();
    for (let index = 0; index < 5; index++) queue.add('a/x');
    start();
    await settled();
    await end('a/x');
    expect(takeStarted()).toEqual(['a/x']);
    expect(queue.size).toBe(0);
  });

  test('while it runs makes it run once more, never at the same time', async () => {
    const { queue, start, end, takeStarted } = setUp({ workers: 4 });
    start();
    queue.add('a/x');
    await settled();
    queue.add('a/x');
    queue.add('a/x', { asked: true });
    await settled();
    expect(takeStarted()).toEqual(['a/x']);
    await end('a/x');
    expect(takeStarted()).toEqual(['a/x asked']);
    await end('a/x');
    expect(takeStarted()).toEqual([]);
  });

  test('with several delays counts the shortest', async () => {
    const { clock, queue, start, takeStarted } = setUp();
    start();
    queue.add('a/x', { afterMs: 5000 });
    queue.add('a/x', { afterMs: 1000 });
    queue.add('a/x', { afterMs: 9000 });
    await clock.advance(999);
    expect(takeStarted()).toEqual([]);
    await clock.advance(1);
    expect(takeStarted()).toEqual(['a/x']);
    expect(clock.pending).toBe(0);
  });

  test('at once replaces a delay', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x', { afterMs: 5000, asked: true });
    queue.add('a/x');
    await settled();
    await end('a/x');
    await clock.advance(10_000);
    expect(takeStarted()).toEqual(['a/x asked']);
  });

  test('with a delay while it waits or runs does not postpone it', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    queue.add('a/x');
    queue.add('a/x', { afterMs: 1000 });
    start();
    await settled();
    queue.add('a/x', { afterMs: 1000 });
    await end('a/x', { when: 'after', ms: 60_000 });
    expect(takeStarted()).toEqual(['a/x']);
    await clock.advance(1000);
    expect(takeStarted()).toEqual(['a/x']);
  });
});

describe('after a run', () => {
  test('failures wait twice as long each time, and a success starts over', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    await settled();
    await end('a/x', { when: 'backoff' });
    await clock.advance(749);
    expect(takeStarted()).toEqual(['a/x']);
    await clock.advance(1);
    await end('a/x', new Error('a bug'));
    await clock.advance(1500);
    expect(takeStarted()).toEqual(['a/x 1', 'a/x 2']);
    await end('a/x', { when: 'after', ms: 10 });
    await clock.advance(10);
    expect(takeStarted()).toEqual(['a/x']);
  });

  test('a wake-up does not wait for the back-off, nor forget it', async () => {
    const { queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    await settled();
    await end('a/x', { when: 'backoff' });
    queue.add('a/x');
    await settled();
    expect(takeStarted()).toEqual(['a/x', 'a/x 1']);
  });

  test('"after", if it is asked for, goes before work in the background', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    await settled();
    for (const key of ['b/1', 'c/1', 'd/1']) queue.add(key);
    await end('a/x', { when: 'after', ms: 100, asked: true });
    expect(takeStarted()).toEqual(['a/x', 'b/1']);
    await clock.advance(100);
    await end('b/1');
    expect(takeStarted()).toEqual(['a/x asked']);
    await end('a/x', { when: 'after', ms: 100 });
    await clock.advance(100);
    await end('c/1');
    expect(takeStarted()).toEqual(['c/1', 'd/1']);
  });

  test('"now" runs it again in its class', async () => {
    const { queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x', { asked: true });
    await settled();
    await end('a/x', { when: 'now' });
    await end('a/x');
    expect(takeStarted()).toEqual(['a/x asked', 'a/x asked']);
    expect(queue.size).toBe(0);
  });
});

describe('removing', () => {
  test('forgets what waits, what is delayed and its back-off', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    queue.add('a/ready');
    queue.add('a/later', { afterMs: 10 });
    queue.remove('a/ready');
    queue.remove('a/later');
    queue.remove('a/never-added');
    start();
    await clock.advance(100);
    expect(takeStarted()).toEqual([]);
    queue.add('a/x');
    await settled();
    await end('a/x', { when: 'backoff' });
    queue.remove('a/x');
    expect(queue.size).toBe(0);
    queue.add('a/x');
    await settled();
    expect(takeStarted()).toEqual(['a/x', 'a/x']);
  });

  test.each<Next>([
    { when: 'backoff' },
    { when: 'now' },
    { when: 'after', ms: 5 },
    { when: 'change' },
  ])('during a run that ends with %o leaves nothing', async (next) => {
    const { clock, queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    await settled();
    queue.add('a/x');
    queue.remove('a/x');
    await end('a/x', next);
    await clock.advance(1_000_000);
    expect(takeStarted()).toEqual(['a/x']);
    expect([queue.size, queue.active, clock.pending]).toEqual([0, 0, 0]);
  });

  test('then adding again during the run runs it again', async () => {
    const { queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    await settled();
    queue.remove('a/x');
    queue.add('a/x');
    await end('a/x');
    expect(takeStarted()).toEqual(['a/x', 'a/x']);
  });
});

describe('stopping', () => {
  test('starts nothing more and waits for what runs', async () => {
    const { clock, queue, start, end, takeStarted } = setUp();
    start();
    queue.add('a/x');
    queue.add('a/y');
    await settled();
    let stopped = 0;
    void queue.stop().then(() => stopped++);
    void queue.stop().then(() => stopped++);
    await clock.advance(1000);
    expect(stopped).toBe(0);
    await end('a/x', { when: 'now' });
    expect(stopped).toBe(2);
    expect(takeStarted()).toEqual(['a/x']);
    expect(clock.pending).toBe(0);
  });

  test('when idle is immediate', async () => {
    const { queue, start } = setUp();
    start();
    await expect(queue.stop()).resolves.toBeUndefined();
  });
});

test('hanging runs of one tenant leave a worker for the others', async () => {
  const { queue, start, takeStarted } = setUp({ workers: 3 });
  queue.add('b/later', { afterMs: 60_000 });
  for (let index = 0; index < 50; index++) queue.add(`a/${index}`);
  start();
  await settled();
  expect(queue.active).toBe(2);
  queue.add('b/now');
  await settled();
  expect(takeStarted()).toEqual(['a/0', 'a/1', 'b/now']);
});

test('depth counts what is ready, size what is held', async () => {
  const { queue, start } = setUp();
  queue.add('a/x');
  queue.add('a/y');
  queue.add('a/z', { afterMs: 10 });
  expect([queue.depth, queue.active, queue.size]).toEqual([2, 0, 3]);
  start();
  await settled();
  expect([queue.depth, queue.active, queue.size]).toEqual([1, 1, 3]);
});
