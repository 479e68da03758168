import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createBench,
  installWidgets,
  widgetFinalizer,
  type Bench,
} from '../../test/support/widget.ts';
import type { ResourceType } from '../kube/object.ts';
import { done, waitingFor } from './outcome.ts';

let type: ResourceType;
let bench: Bench;
const deadline = { interval: 25 };

beforeAll(async () => {
  type = await installWidgets();
});
beforeEach(async () => {
  bench = await createBench(type);
});
afterEach(() => bench.close());

const built = async (name: string) => (await bench.get(name))?.status?.built;

test('a run that holds its object adds finalizer and note in one write, once', async () => {
  const held: boolean[] = [];
  const workshop = bench.start({
    isHeldByRun: true,
    async reconcile({ spec }, _deps, run) {
      held.push(run.isHeld);
      if (!run.isHeld) await run.hold({ 'example.com/note': 'begun' });
      expect(run.isHeld).toBe(true);
      run.record({ built: `size ${spec.size}` });
      return done({ reason: 'Succeeded', message: 'built' });
    },
  });
  await bench.put('one', { size: 1 });
  await expect.poll(() => built('one'), deadline).toBe('size 1');
  await bench.edit('one', { spec: { size: 2 } });
  await expect.poll(() => built('one'), deadline).toBe('size 2');
  const { metadata } = (await bench.get('one'))!;
  expect(metadata.finalizers).toEqual([widgetFinalizer]);
  expect(metadata.annotations).toEqual({ 'example.com/note': 'begun' });
  expect(held).toEqual([false, true]);
  const status = 'patch widgets/status';
  expect(workshop.writes).toEqual(['patch widgets', status, status]);
});

test('what was never held is gone as soon as it is deleted', async () => {
  const cleaned: string[] = [];
  bench.start({
    isHeldByRun: true,
    reconcile: async () =>
      waitingFor({ reason: 'DependencyNotReady', message: 'not yet', afterMs: 60_000 }),
    cleanup: async ({ metadata }) => void cleaned.push(metadata.name),
  });
  await bench.put('one');
  await expect.poll(async () => (await bench.get('one'))?.status, deadline).toBeDefined();
  await bench.remove('one');
  expect(await bench.get('one')).toBeUndefined();
  expect(cleaned).toEqual([]);
});

test('an object that changes while it is being held is looked at again, and nothing is said of it', async () => {
  let changes = 0;
  const workshop = bench.start(
    {
      isHeldByRun: true,
      async reconcile(_object, _deps, run) {
        if (!run.isHeld) await run.hold({});
        run.record({ built: 'whole' });
        return done({ reason: 'Succeeded', message: 'built' });
      },
    },
    {
      async onWrite(write, when) {
        if (write !== 'patch widgets' || when !== 'before' || changes++ > 0) return;
        // After the write was made up, and before it is sent.
        await bench.edit('one', { metadata: { finalizers: ['example.com/other'] } });
      },
    },
  );
  await bench.put('one');
  await expect.poll(() => built('one'), deadline).toBe('whole');
  const { metadata } = (await bench.get('one'))!;
  expect(metadata.finalizers).toEqual(['example.com/other', widgetFinalizer]);
  expect(workshop.writes).toEqual(['patch widgets', 'patch widgets', 'patch widgets/status']);
  expect(workshop.events.map(({ reason }) => reason)).toEqual(['Succeeded']);
  await bench.edit('one', { metadata: { finalizers: null } });
});
