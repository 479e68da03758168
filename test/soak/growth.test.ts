import { expect, test } from 'vitest';
import { growthOf, memoryGrows } from './growth.ts';
import type { MemorySample } from './memory.ts';

/** A sample a minute, and what the heap was. */
const samplesOf = (heapMb: (minute: number) => number): MemorySample[] =>
  Array.from({ length: 20 }, (_, minutes) => ({
    minutes,
    residentMb: 200,
    heapMb: heapMb(minutes),
  }));

test('caches may fill in the first half, and what comes and goes is no growth', () => {
  const samples = samplesOf((minute) => Math.min(30 + 2 * minute, 48) + (minute % 2));
  expect(memoryGrows(samples)).toEqual([]);
  expect(growthOf(samples).residentMb).toBe(0);
});

test('what goes on growing in the second half is told', () => {
  const samples = samplesOf((minute) => 30 + minute / 2);
  expect(growthOf(samples).heapMb).toBeCloseTo(30);
  expect(memoryGrows(samples)).toEqual([
    'the heap grew by 4.5 MB in the second half, 1.9 are allowed',
  ]);
});

test('too few samples say nothing', () => {
  expect(memoryGrows(samplesOf((minute) => 30 * minute).slice(0, 10))).toEqual([]);
});
