import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { demoteLongJob } from './demote-long-job.ts';
import type { EngineProcess } from './engine-process.ts';
import { niceness } from './process-priority.ts';

/** A process that has had CPU time before; `work` gives it more. */
function startProcess() {
  const clock = createFakeClock();
  let cpuMs = 60_000;
  const demotions: number[] = [];
  const endless: string[] = [];
  const onEndless = () => {
    endless.push('begins');
    return () => void endless.push('ends');
  };
  const engine = {
    cpuMs: () => cpuMs,
    demote: (nice: number) => demotions.push(nice),
  } as Partial<EngineProcess> as EngineProcess;
  const work = async (ms: number, withinMs = ms) => {
    cpuMs += ms;
    await clock.advance(withinMs);
  };
  return { engine, clock, demotions, endless, onEndless, work };
}

test('a short build, and one that waits for its turn, stay what they are', async () => {
  const { engine, clock, demotions, onEndless, work } = startProcess();
  demoteLongJob(engine, clock, onEndless);
  await work(400, 60_000);
  expect(demotions).toEqual([]);
});

test('one that goes on gives way, and further when it never ends', async () => {
  const { engine, clock, demotions, endless, onEndless, work } = startProcess();
  const stop = demoteLongJob(engine, clock, onEndless);
  await work(500);
  expect(demotions).toEqual([niceness.long]);
  expect(endless).toEqual([]);
  await work(4_500, 500);
  await work(500);
  expect(demotions.at(-1)).toBe(niceness.endless);
  expect(endless).toEqual(['begins']);
  stop();
  expect(endless).toEqual(['begins', 'ends']);
});

test('after its end nobody looks at it', async () => {
  const { engine, clock, demotions, endless, onEndless, work } = startProcess();
  const stop = demoteLongJob(engine, clock, onEndless);
  stop();
  await work(10_000);
  expect(demotions).toEqual([]);
  expect(endless).toEqual([]);
});
