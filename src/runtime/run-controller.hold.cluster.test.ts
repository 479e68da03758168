import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { violatedInvariants } from '../../test/support/invariants.ts';
import {
  createBench,
  installWidgets,
  type Bench,
  type WidgetDefinition,
  type Workshop,
} from '../../test/support/widget.ts';
import { retryable } from '../base/errors.ts';
import type { ResourceType } from '../kube/object.ts';
import { announceAfterMs } from './held-progress.ts';
import { done, waitingFor, type Outcome } from './outcome.ts';

let type: ResourceType;
let bench: Bench;
let clock: FakeClock;
/** What the next run comes to, or throws. */
let outcome: () => Outcome;
let runs: number;
const deadline = { interval: 25 };
const healthWait = () =>
  waitingFor({ reason: 'Progressing', message: 'cooling', afterMs: 60_000, progressing: true });
const success = () => done({ reason: 'Succeeded', message: 'cold' });

beforeAll(async () => {
  type = await installWidgets();
});
beforeEach(async () => {
  bench = await createBench(type);
  clock = createFakeClock();
  outcome = healthWait;
  runs = 0;
});
afterEach(() => bench.close());

const reconcile: WidgetDefinition['reconcile'] = async (_widget, _deps, run) => {
  runs++;
  if (runs === 1) {
    run.record({ built: 'once' });
    run.event({ severity: 'info', reason: 'Progressing', message: 'made a part' });
  }
  return Promise.resolve(outcome());
};

/** A widget whose first run has ended, under way. */
async function held(): Promise<Workshop> {
  const workshop = bench.start({ reconcile }, { clock });
  await bench.put('one');
  await pass(workshop, 1);
  return workshop;
}

async function pass({ controller }: Workshop, count: number): Promise<void> {
  await expect.poll(() => runs, deadline).toBe(count);
  await expect.poll(() => controller.queue.active, deadline).toBe(0);
}

const readyOf = async () =>
  (await bench.get('one'))?.status?.conditions?.find((each) => each.type === 'Ready')?.status;
const told = ({ events }: Workshop) => events.map(({ message }) => message);
const wake = ({ controller }: Workshop) =>
  controller.wake({ namespace: bench.namespace, name: 'one' });

test('a wait that is over soon costs one status write, which has what every run recorded', async () => {
  const workshop = await held();
  expect(workshop.writes).toEqual(['patch widgets']);
  expect(told(workshop)).toEqual([]);
  outcome = success;
  wake(workshop);
  await pass(workshop, 2);
  expect(workshop.writes).toEqual(['patch widgets', 'patch widgets/status']);
  const widget = (await bench.get('one'))!;
  expect(widget.status).toMatchObject({ built: 'once', observedGeneration: 1 });
  expect(violatedInvariants(widget)).toEqual([]);
  expect(await readyOf()).toBe('True');
  expect(told(workshop)).toEqual(['made a part']);
});

test('a wait that lasts is announced, also while it is looked at again and again', async () => {
  const workshop = await held();
  await clock.advance(announceAfterMs - 1);
  wake(workshop);
  await pass(workshop, 2);
  expect(workshop.writes).toEqual(['patch widgets']);
  await clock.advance(1);
  await expect.poll(readyOf, deadline).toBe('Unknown');
  const widget = (await bench.get('one'))!;
  expect(widget.status).toMatchObject({ built: 'once' });
  expect(violatedInvariants(widget)).toEqual([]);
  await expect.poll(() => told(workshop), deadline).toEqual(['made a part']);
  outcome = success;
  wake(workshop);
  await expect.poll(readyOf, deadline).toBe('True');
  const writes = ['patch widgets', 'patch widgets/status', 'patch widgets/status'];
  expect(workshop.writes).toEqual(writes);
});

test('a request counts as handled when the status says what came of it', async () => {
  const workshop = await held();
  const handledAt = async () => (await bench.get('one'))?.status?.lastHandledReconcileAt;
  const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
  await bench.edit('one', { metadata: { annotations } });
  await pass(workshop, 2);
  expect(await handledAt()).toBeUndefined();
  outcome = success;
  wake(workshop);
  await expect.poll(handledAt, deadline).toBe('now');
  expect(await readyOf()).toBe('True');
});

test('a failure is written at once, after what was told before it', async () => {
  const workshop = await held();
  outcome = () => {
    throw retryable('Broken', 'it broke');
  };
  wake(workshop);
  await expect.poll(readyOf, deadline).toBe('False');
  await expect.poll(() => told(workshop), deadline).toEqual(['made a part', 'it broke']);
  expect((await bench.get('one'))?.status).toMatchObject({ built: 'once' });
});

test('killed while it holds back, the next process does it over', async () => {
  const first = await held();
  first.kill();
  runs = 0;
  outcome = success;
  bench.start({ reconcile });
  await expect.poll(readyOf, deadline).toBe('True');
  expect((await bench.get('one'))?.status).toMatchObject({ built: 'once' });
});

test('deleted while it holds back, it goes, and what was not told is', async () => {
  const workshop = await held();
  await bench.remove('one');
  await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
  await expect.poll(() => told(workshop), deadline).toEqual(['made a part']);
});
