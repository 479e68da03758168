import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock, settled } from '../../../test/support/fake-clock.ts';
import { exponentialBackoff } from './backoff.ts';
import { createFairQueue, type FairQueue, type Next } from './fair-queue.ts';

const keys = fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1');
const next = fc.oneof(
  fc.constant<Next>({ when: 'change' }),
  fc.constant<Next>({ when: 'backoff' }),
  fc.constant<Next>({ when: 'now' }),
  fc.nat(5000).map((ms): Next => ({ when: 'after', ms })),
);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: keys, asked: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ add: keys, afterMs: fc.nat(5000) }) },
    { weight: 1, arbitrary: fc.record({ remove: keys }) },
    { weight: 4, arbitrary: fc.record({ finish: fc.nat(5), next }) },
    { weight: 2, arbitrary: fc.record({ tick: fc.nat(3000) }) },
  ),
  { maxLength: 60 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

/** Drives a queue and notes, per key, whether a run is still owed and whether one is under way. */
class Driver {
  readonly clock = createFakeClock();
  readonly running = new Map<string, (next: Next) => void>();
  readonly owed = new Set<string>();
  /** Removed while they ran: what their run asks for no longer counts. */
  readonly removed = new Set<string>();
  readonly queue: FairQueue;
  mostActive = 0;

  constructor(workers: number) {
    this.queue = createFairQueue({
      tenantOf: (key) => key.slice(0, 1),
      workers,
      clock: this.clock,
      backoff: exponentialBackoff({ minMs: 750, maxMs: 4000 }),
    });
    this.queue.start((key) => this.#run(key));
  }

  #run(key: string): Promise<Next> {
    expect(this.running.has(key), `${key} runs twice at once`).toBe(false);
    this.owed.delete(key);
    return new Promise((resolve) => {
      this.running.set(key, resolve);
      this.mostActive = Math.max(this.mostActive, this.running.size);
    });
  }

  finish(index: number, next: Next): void {
    const key = [...this.running.keys()][index % Math.max(this.running.size, 1)];
    if (key === undefined) return;
    const resolve = this.running.get(key);
    this.running.delete(key);
    if (!this.removed.delete(key) && next.when !== 'change') this.owed.add(key);
    resolve?.(next);
  }

  apply(step: Step): void {
    if ('add' in step) {
      const { add, ...options } = step;
      this.owed.add(add);
      this.removed.delete(add);
      this.queue.add(add, options);
    } else if ('remove' in step) {
      this.owed.delete(step.remove);
      if (this.running.has(step.remove)) this.removed.add(step.remove);
      this.queue.remove(step.remove);
    } else if ('finish' in step) this.finish(step.finish, step.next);
    else this.clock.tick(step.tick);
  }

  /** Ends everything well until nothing is left, or it is clear that something never will be. */
  async drain(): Promise<void> {
    for (let turn = 0; turn < 200 && this.queue.size > 0; turn++) {
      this.clock.tick(5000);
      await settled();
      this.finish(0, { when: 'change' });
      await settled();
    }
  }
}

test('no key is lost, none runs twice at once, nothing stays behind', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (list, workers) => {
      const driver = new Driver(workers);
      for (const step of list) {
        driver.apply(step);
        await settled();
      }
      await driver.drain();
      const { queue, clock } = driver;
      expect([...driver.owed]).toEqual([]);
      expect(driver.mostActive).toBeLessThanOrEqual(workers);
      expect([queue.size, queue.depth, queue.active, clock.pending]).toEqual([0, 0, 0, 0]);
    }),
    { numRuns: 300 },
  );
}, 60_000);
