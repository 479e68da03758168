import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { violatedInvariants } from '../../test/support/invariants.ts';
import { createBench, installWidgets, type Bench, type Widget } from '../../test/support/widget.ts';
import { configMapType } from '../kube/core-resources.ts';
import { LeadershipLostError } from '../kube/lease.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { done } from './outcome.ts';
import type { Run } from './run.ts';

let type: ResourceType;
let bench: Bench;
const deadline = { interval: 25 };

beforeAll(async () => {
  type = await installWidgets();
});
beforeEach(async () => {
  bench = await createBench(type);
});
afterEach(async () => {
  await bench.close();
});

const builtOf = async (name: string) => (await bench.get(name))?.status?.built;

/** Waits until the run is told to stop, as work that honours its signal does. */
function untilAborted(run: Run<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    run.signal.addEventListener('abort', () => reject(run.signal.reason as Error));
  });
}

/** Waits for work that only the test ends. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

describe('a run that is overtaken', () => {
  test('by a newer generation ends, says nothing, and keeps what it recorded', async () => {
    const sizes: (number | undefined)[] = [];
    const workshop = bench.start({
      async reconcile({ spec }, _deps, run) {
        sizes.push(spec.size);
        run.record({ parts: [`began ${spec.size}`] });
        if (spec.size === 1) await untilAborted(run);
        run.record({ built: `size ${spec.size}` });
        return done({ reason: 'Succeeded', message: 'built' });
      },
    });
    await bench.put('one', { size: 1 });
    await expect.poll(() => sizes, deadline).toEqual([1]);
    await bench.edit('one', { spec: { size: 2 } });
    await expect.poll(() => builtOf('one'), deadline).toBe('size 2');
    expect(sizes).toEqual([1, 2]);
    await expect.poll(() => workshop.controller.queue.active, deadline).toBe(0);
    expect(workshop.events.map(({ reason }) => reason)).toEqual(['Succeeded']);
    expect(violatedInvariants((await bench.get('one'))!)).toEqual([]);
  });

  test('by deletion ends, and cleanup sees what it recorded', async () => {
    const began = gate();
    let cleanedParts: string[] | undefined;
    bench.start({
      async reconcile(_object, _deps, run) {
        run.record({ parts: ['half-built'] });
        began.open();
        return await untilAborted(run);
      },
      async cleanup({ status }) {
        cleanedParts = status?.parts;
      },
    });
    await bench.put('one');
    await began.passed;
    await bench.remove('one');
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
    expect(cleanedParts).toEqual(['half-built']);
  });

  test('by an object of the same name leaves that one alone', async () => {
    const began = gate();
    let runs = 0;
    bench.start({
      async reconcile({ metadata }, _deps, run) {
        run.record({ built: `for ${metadata.uid}` });
        if (++runs > 1) return done({ reason: 'Succeeded', message: 'built' });
        began.open();
        return await untilAborted(run);
      },
    });
    await bench.put('one');
    await began.passed;
    const old = (await bench.get('one'))!.metadata.uid;
    await bench.remove('one');
    await bench.edit('one', { metadata: { finalizers: null } }).catch(() => {});
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
    await bench.put('one');
    await expect.poll(() => builtOf('one'), deadline).toBeDefined();
    expect(await builtOf('one')).not.toBe(`for ${old}`);
  });
});

test('time that runs out is a failure that says so', async () => {
  const clock = createFakeClock(Date.now());
  const began = gate();
  bench.start(
    {
      timeoutMs: () => 90_000,
      async reconcile(_object, _deps, run) {
        began.open();
        return await untilAborted(run);
      },
    },
    { clock },
  );
  await bench.put('one');
  await began.passed;
  clock.tick(90_000);
  const ready = async () =>
    (await bench.get('one'))?.status?.conditions?.map(({ reason, message }) => [reason, message]);
  await expect.poll(ready, deadline).toEqual([
    ['ReconciliationFailed', 'timed out after 1m30s'],
    ['ProgressingWithRetry', 'timed out after 1m30s'],
  ]);
});

describe('shutdown', () => {
  test('lets what runs finish within the grace period, and begins nothing', async () => {
    const began = gate();
    const finish = gate();
    const workshop = bench.start(
      {
        async reconcile({ metadata }, _deps, run) {
          began.open();
          await finish.passed;
          run.record({ built: metadata.name });
          return done({ reason: 'Succeeded', message: 'built' });
        },
      },
      { workers: 1, graceMs: 60_000 },
    );
    await bench.put('one');
    await began.passed;
    await bench.put('two');
    const stopped = workshop.stop();
    finish.open();
    await stopped;
    expect(await builtOf('one')).toBe('one');
    expect((await bench.get('two'))?.status).toBeUndefined();
  });

  test('aborts what runs longer, and says nothing about it', async () => {
    const began = gate();
    const workshop = bench.start({
      async reconcile(_object, _deps, run) {
        began.open();
        return await untilAborted(run);
      },
    });
    await bench.put('one');
    await began.passed;
    await workshop.stop();
    expect((await bench.get('one'))?.status).toBeUndefined();
    expect(workshop.events).toEqual([]);
  });

  test('because leadership was lost grants no grace', async () => {
    const leading = new AbortController();
    const began = gate();
    const workshop = bench.start(
      {
        async reconcile(_object, _deps, run) {
          began.open();
          return await untilAborted(run);
        },
      },
      { signal: leading.signal, graceMs: 3_600_000 },
    );
    await bench.put('one');
    await began.passed;
    leading.abort(new LeadershipLostError('lost'));
    await workshop.controller.done;
  });

  test('does not wait for ever for a run that will not end; meanwhile it counts as stuck', async () => {
    const clock = createFakeClock(Date.now());
    const began = gate();
    const workshop = bench.start(
      {
        reconcile() {
          began.open();
          return new Promise(() => {});
        },
      },
      { clock },
    );
    await bench.put('one');
    await began.passed;
    clock.tick(60_000);
    expect(workshop.controller.stuck()).toEqual([]);
    clock.tick(60_001);
    expect(workshop.controller.stuck()).toEqual([{ namespace: bench.namespace, name: 'one' }]);
    const stopped = workshop.stop();
    await clock.advance(60_000);
    await stopped;
  });
});

describe('tracked objects', () => {
  const source = (value: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'source', namespace: bench.namespace },
    data: { value },
  });
  const write = (value: string) =>
    bench.client.apply(configMapType, source(value), { fieldManager: 'test', force: true });

  test('wake those who look at them, even when they change in the middle of a run', async () => {
    const seen: (string | undefined)[] = [];
    const read = gate();
    const resume = gate();
    const workshop = bench.start({
      watches: [configMapType],
      async reconcile(_object, _deps, run) {
        const key = { namespace: bench.namespace, name: 'source' };
        const data = workshop.caches.for(configMapType).get(key)?.['data'];
        const { value } = (data ?? {}) as { value?: string };
        seen.push(value);
        read.open();
        if (seen.length === 1) await resume.passed;
        run.track(configMapType, key);
        run.record({ built: value ?? 'nothing' });
        return done({ reason: 'Succeeded', message: 'built' });
      },
    });
    await bench.put('one');
    await read.passed;
    await write('a');
    const cache = workshop.caches.for(configMapType);
    const key = { namespace: bench.namespace, name: 'source' };
    await expect.poll(() => cache.get(key), deadline).toBeDefined();
    resume.open();
    await expect.poll(() => builtOf('one'), deadline).toBe('a');
    await write('b');
    await expect.poll(() => builtOf('one'), deadline).toBe('b');
    await bench.client.delete(configMapType, key);
    await expect.poll(() => builtOf('one'), deadline).toBe('nothing');
    expect(seen).toEqual([undefined, 'a', 'b', undefined]);
    const widget: Widget | undefined = await bench.get('one');
    expect(violatedInvariants(widget!)).toEqual([]);
  });
});
