import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violatedInvariants } from '../../test/support/invariants.ts';
import {
  createBench,
  installWidgets,
  widgetFinalizer,
  type Bench,
  type Widget,
} from '../../test/support/widget.ts';
import { denied, retryable, stalled } from '../base/errors.ts';
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
afterEach(async () => {
  await bench.close();
});

/** Waits until a condition reads `status/reason`, and holds the invariants to it. */
async function settlesAt(name: string, ready: string): Promise<Widget> {
  await expect.poll(async () => readyOf(await bench.get(name)), deadline).toBe(ready);
  const widget = (await bench.get(name))!;
  expect(violatedInvariants(widget)).toEqual([]);
  return widget;
}

function readyOf(widget: Widget | undefined): string | undefined {
  const ready = widget?.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready && `${ready.status}/${ready.reason}`;
}

const request = (value: string) => ({
  metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': value } },
});

describe('the life of an object', () => {
  test('finalizer, run, status, edit, request, deletion', async () => {
    const cleaned: string[] = [];
    const asked: boolean[] = [];
    const workshop = bench.start({
      async reconcile({ spec }, _deps, run) {
        asked.push(run.asked);
        run.record({ built: `size ${spec.size}` });
        run.condition('Polished', 'True', 'Shiny', 'polished twice');
        return done({ reason: 'Succeeded', message: `built size ${spec.size}` });
      },
      cleanup: async ({ metadata }, _deps, run) => {
        cleaned.push(metadata.name);
        run.event({ severity: 'info', reason: 'Removed', message: 'taken apart' });
      },
    });

    await bench.put('one', { size: 2 });
    const first = await settlesAt('one', 'True/Succeeded');
    expect(first.metadata.finalizers).toEqual([widgetFinalizer]);
    expect(first.status).toMatchObject({ observedGeneration: 1, built: 'size 2' });
    expect(workshop.writes).toEqual(['patch widgets', 'patch widgets/status']);
    // Events are told once the status is written.
    const told = () => workshop.events.map(({ reason, message }) => [reason, message]);
    await expect.poll(told, deadline).toEqual([['Succeeded', 'built size 2']]);

    await bench.edit('one', { spec: { size: 3 } });
    await expect.poll(async () => (await bench.get('one'))?.status?.built, deadline).toBe('size 3');
    expect((await bench.get('one'))?.status?.observedGeneration).toBe(2);

    await bench.edit('one', request('now'));
    const handled = async () => (await bench.get('one'))?.status?.lastHandledReconcileAt;
    await expect.poll(handled, deadline).toBe('now');
    expect(asked).toEqual([true, true, true]);
    // The request changed nothing but the mark that it was heard.
    await expect.poll(() => workshop.events.length, deadline).toBe(2);

    await bench.remove('one');
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
    expect(cleaned).toEqual(['one']);
    await expect.poll(() => workshop.events.at(-1)?.reason, deadline).toBe('Removed');
    await expect.poll(() => workshop.controller.queue.size, deadline).toBe(0);
    expect(await workshop.metrics.text()).not.toContain('name="one"');
  });

  test('labels, other annotations and status do not make it run', async () => {
    let runs = 0;
    const workshop = bench.start({
      reconcile: async () => done({ reason: 'Succeeded', message: `${++runs}` }),
    });
    await bench.put('one');
    await settlesAt('one', 'True/Succeeded');
    await bench.edit('one', { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } });
    const body = { status: { parts: ['by hand'] } };
    const key = { namespace: bench.namespace, name: 'one' };
    await bench.client.patch(type, key, { type: 'merge', body }, { subresource: 'status' });
    await bench.edit('one', request('last'));
    await expect
      .poll(async () => (await bench.get('one'))?.status?.lastHandledReconcileAt, deadline)
      .toBe('last');
    expect(runs).toBe(2);
    await expect.poll(() => workshop.controller.queue.active, deadline).toBe(0);
  });

  test('a finalizer of somebody else is left to them', async () => {
    bench.start();
    await bench.put('one', {}, { finalizers: ['example.com/theirs'] });
    await settlesAt('one', 'True/Succeeded');
    await bench.remove('one');
    const finalizers = async () => (await bench.get('one'))?.metadata.finalizers;
    await expect.poll(finalizers, deadline).toEqual(['example.com/theirs']);
    await bench.edit('one', { metadata: { finalizers: null } });
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
  });

  test('a cleanup that fails keeps the finalizer, says why, and is tried again', async () => {
    let attempts = 0;
    bench.start(
      {
        async cleanup() {
          if (++attempts < 3) throw retryable('PruneFailed', `refused ${attempts}`);
        },
      },
      { minRetryMs: 10 },
    );
    await bench.put('one');
    await settlesAt('one', 'True/Succeeded');
    await bench.remove('one');
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
    expect(attempts).toBe(3);
  });

  test('a cleanup that waits keeps the finalizer', async () => {
    let isGone = false;
    bench.start({
      cleanup: async () =>
        isGone ? undefined : waitingFor({ reason: 'Pruning', message: 'pods end', afterMs: 20 }),
    });
    await bench.put('one');
    await settlesAt('one', 'True/Succeeded');
    await bench.remove('one');
    await settlesAt('one', 'False/Pruning');
    isGone = true;
    await expect.poll(() => bench.get('one'), deadline).toBeUndefined();
  });
});

describe('suspension', () => {
  test('no run, no request handled; deletion lets go', async () => {
    let runs = 0;
    const workshop = bench.start({
      reconcile: async () => done({ reason: 'Succeeded', message: `${++runs}` }),
    });
    await bench.put('sleeping', { suspend: true }, request('early').metadata);
    await bench.put('awake');
    await settlesAt('awake', 'True/Succeeded');
    const finalizers = async () => (await bench.get('sleeping'))?.metadata.finalizers;
    await expect.poll(finalizers, deadline).toEqual([widgetFinalizer]);
    expect((await bench.get('sleeping'))?.status).toBeUndefined();
    expect(runs).toBe(1);
    await bench.remove('sleeping');
    await expect.poll(() => bench.get('sleeping'), deadline).toBeUndefined();

    await bench.edit('awake', { spec: { suspend: true } });
    await bench.edit('awake', { spec: { suspend: false } });
    await expect
      .poll(async () => (await bench.get('awake'))?.status?.observedGeneration, deadline)
      .toBe(3);
    await expect.poll(() => workshop.controller.queue.active, deadline).toBe(0);
  });

  test('a kind that wants it answers requests all the same', async () => {
    bench.start({ handlesRequestWhileSuspended: true });
    await bench.put('one', { suspend: true });
    await bench.edit('one', request('anybody there?'));
    await expect
      .poll(async () => (await bench.get('one'))?.status?.lastHandledReconcileAt, deadline)
      .toBe('anybody there?');
    expect(readyOf(await bench.get('one'))).toBeUndefined();
  });
});

describe('failures', () => {
  test.each([
    ['stalled', stalled('InvalidPath', 'no such path'), 'False/InvalidPath', 1],
    ['denied', denied('AccessDenied', 'not yours'), 'False/AccessDenied', 1],
    ['retryable', retryable('BuildFailed', 'try again'), 'False/BuildFailed', -1],
    ['a bug', new TypeError('x is undefined'), 'False/ReconciliationFailed', -1],
  ])('%s', async (_, error, ready, observed) => {
    const workshop = bench.start({ reconcile: () => Promise.reject(error) });
    await bench.put('one', {}, request('please').metadata);
    const widget = await settlesAt('one', ready);
    expect(widget.status?.observedGeneration ?? -1).toBe(observed);
    expect(widget.status?.lastHandledReconcileAt).toBe('please');
    await expect.poll(() => workshop.controller.queue.active, deadline).toBe(0);
    expect(workshop.events[0]).toMatchObject({ severity: 'error', message: error.message });
    expect(await workshop.metrics.text()).toContain(
      error.name === 'ReconcileError' && observed === 1 ? 'result="success"' : 'result="error"',
    );
  });

  test('a malformed object stalls, harms nobody, and recovers by an edit', async () => {
    bench.start();
    await bench.put('bad', { size: -1 });
    await bench.put('good');
    await settlesAt('good', 'True/Succeeded');
    const bad = await settlesAt('bad', 'False/InvalidSpec');
    expect(bad.status?.conditions?.[0]?.message).toBe('spec.size must not be negative');
    await bench.edit('bad', { spec: { size: 1 } });
    await settlesAt('bad', 'True/Succeeded');
  });

  test('a status that cannot be written is not lost', async () => {
    let failures = 2;
    bench.start(
      {
        async reconcile({ status }, _deps, run) {
          run.record({ parts: [...(status?.parts ?? []), 'x'] });
          return done({ reason: 'Succeeded', message: 'built' });
        },
      },
      {
        minRetryMs: 10,
        onWrite(write) {
          if (write === 'patch widgets/status' && failures-- > 0) throw new Error('no connection');
        },
      },
    );
    await bench.put('one');
    const widget = await settlesAt('one', 'True/Succeeded');
    expect(widget.status?.parts).toEqual(['x', 'x', 'x']);
  });
});

test('progress shows work under way, at once, and never more than once', async () => {
  let finish = () => {};
  const workshop = bench.start({
    async reconcile(_object, _deps, run) {
      run.record({ built: 'half' });
      await run.progress('building');
      await run.progress('building');
      await new Promise<void>((resolve) => (finish = resolve));
      run.record({ built: undefined });
      return done({ reason: 'Succeeded', message: 'built' });
    },
  });
  await bench.put('one');
  const underway = await settlesAt('one', 'Unknown/Progressing');
  expect(underway.status?.built).toBe('half');
  finish();
  const finished = await settlesAt('one', 'True/Succeeded');
  expect(finished.status).not.toHaveProperty('built');
  expect(workshop.writes.filter((write) => write.endsWith('/status'))).toHaveLength(2);
});
