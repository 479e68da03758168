import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { freshNamespace } from '../../test/support/cluster.ts';
import { createBench, installWidgets, type Bench } from '../../test/support/widget.ts';
import { retryable } from '../base/errors.ts';
import type { ResourceType } from '../kube/object.ts';
import { done } from './outcome.ts';

let type: ResourceType;
let bench: Bench;
/** `TENANTRY_OBJECTS=1000` for a thousand. */
const objectCount = Number(process.env['TENANTRY_OBJECTS'] ?? 250);
const deadline = { interval: 50 };

beforeAll(async () => {
  type = await installWidgets();
});
beforeEach(async () => {
  bench = await createBench(type);
});
afterEach(async () => {
  await bench.close();
});

/** Makes `count` widgets, twenty at a time. */
async function putMany(count: number, metadata: object = {}): Promise<void> {
  for (let first = 0; first < count; first += 20) {
    const names = Array.from({ length: Math.min(20, count - first) }, (_, i) => `w${first + i}`);
    await Promise.all(names.map((name) => bench.put(name, {}, metadata)));
  }
}

test('objects that did not change cost no write, at a restart nor at an interval', async () => {
  await putMany(objectCount);
  const first = bench.start({}, { workers: 20 });
  const ready = () => first.events.filter(({ reason }) => reason === 'Succeeded').length;
  await expect.poll(ready, deadline).toBe(objectCount);
  // Finalizer and status, once each.
  expect(first.writes).toHaveLength(2 * objectCount);
  await first.stop();

  let runs = 0;
  const second = bench.start(
    {
      intervalMs: () => 1_000,
      async reconcile(_object, _deps, run) {
        runs++;
        run.record({ built: 'size 1' });
        return done({ reason: 'Succeeded', message: 'built size 1' });
      },
    },
    { workers: 20 },
  );
  await expect.poll(() => runs, deadline).toBeGreaterThanOrEqual(2 * objectCount);
  expect(second.writes).toEqual([]);
  expect(second.events).toEqual([]);
});

test("five hundred failing objects do not delay another tenant's by more than a turn a pass", async () => {
  const other = await freshNamespace('quiet');
  await putMany(500, { finalizers: ['widgets.tenantry.dev/finalizer'] });
  const order: string[] = [];
  const workshop = bench.start(
    {
      async reconcile({ metadata }) {
        order.push(metadata.namespace === other ? 'quiet' : 'noisy');
        if (metadata.namespace !== other) throw retryable('BuildFailed', `${order.length}`);
        return done({ reason: 'Succeeded', message: 'built' });
      },
    },
    { workers: 2, minRetryMs: 10, maxRetryMs: 10 },
  );
  await expect.poll(() => order.length, deadline).toBeGreaterThan(100);

  let seenAt: number | undefined;
  workshop.caches.for(type).onChange(({ before, after }) => {
    if (!before && after?.metadata.namespace === other) seenAt ??= order.length;
  });
  await bench.put('pushed', {}, { namespace: other, labels: { bench: bench.namespace } });
  await expect.poll(() => order.indexOf('quiet'), deadline).toBeGreaterThan(0);
  // Two passes (finalizer, run), each behind what both workers have begun and one turn.
  expect(order.indexOf('quiet') - seenAt!).toBeLessThanOrEqual(6);
  expect(workshop.controller.queue.depth).toBeGreaterThan(100);
});
