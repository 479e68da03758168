import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { collectAtRest, type HeapLook } from './heap-at-rest.ts';

const mb = (count: number) => count * 2 ** 20;

/** A process of which each look shows what `seen` says by then; a collection leaves `leftMb`. */
function started({ leftMb = 50 } = {}) {
  const clock = createFakeClock();
  const seen: HeapLook = { busy: 0.01, heldBytes: mb(20) };
  let collections = 0;
  const collect = () => {
    collections += 1;
    seen.heldBytes = mb(leftMb);
  };
  const running = collectAtRest({ clock, look: () => ({ ...seen }), collect });
  const after = (look: Partial<HeapLook>, seconds = 10) => {
    Object.assign(seen, look);
    clock.tick(seconds * 1000);
    return collections;
  };
  return { after, clock, running };
}

test('what work left is collected once it has ended, and not again', () => {
  const { after } = started();
  expect(after({ busy: 0.4, heldBytes: mb(250) })).toBe(0);
  expect(after({ busy: 0.02 })).toBe(1);
  expect(after({}, 60)).toBe(1);
  expect(after({ heldBytes: mb(60) }, 60)).toBe(1);
  expect(after({ heldBytes: mb(70) })).toBe(2);
});

test('a process that always does a little is collected now and then', () => {
  const { after } = started();
  expect(after({ heldBytes: mb(250) })).toBe(1);
  expect(after({ heldBytes: mb(250) }, 20)).toBe(1);
  expect(after({ heldBytes: mb(250) })).toBe(2);
});

test('what grows while nothing is given back is measured by what is left', () => {
  const { after } = started();
  expect(after({ heldBytes: mb(400) })).toBe(1);
  expect(after({ heldBytes: mb(40) }, 30)).toBe(1);
  expect(after({ heldBytes: mb(60) })).toBe(2);
});

test('of a large process more has to come together', () => {
  const { after } = started({ leftMb: 400 });
  expect(after({ heldBytes: mb(900) })).toBe(1);
  expect(after({ heldBytes: mb(470) }, 60)).toBe(1);
  expect(after({ heldBytes: mb(490) })).toBe(2);
});

test('a small process is left alone, and so is one that ended', () => {
  const { after, clock, running } = started();
  expect(after({ heldBytes: mb(15) })).toBe(0);
  running[Symbol.dispose]();
  expect(after({ heldBytes: mb(500) })).toBe(0);
  expect(clock.pending).toBe(0);
});

test('the collector is that of V8', async () => {
  const clock = createFakeClock();
  let gone = 0;
  const registry = new FinalizationRegistry<undefined>(() => void (gone += 1));
  registry.register({}, undefined);
  using _running = collectAtRest({ clock, look: () => ({ busy: 0, heldBytes: mb(500) }) });
  clock.tick(10_000);
  await expect.poll(() => gone).toBe(1);
});
