import { expect, test } from 'vitest';
import { runSoak } from '../soak/run-soak.ts';
import { formatResult } from '../soak/report.ts';
import { testSeed } from '../support/random.ts';

/** A short soak, so that `npm run soak` works and what it finds at once is found in every run. */
const seed = testSeed();

test(`a minute of random events (seed ${seed})`, async () => {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const options = { count: 20, minutes: 1, seed, json: false, keep: undefined, snapshots: false };
  const result = await runSoak(options, say);
  expect(result.wrong, [...said, formatResult(result)].join('\n')).toEqual([]);
  expect(result.checks).toBeGreaterThan(2);
  expect(result.objects).toBeGreaterThan(40);
});
