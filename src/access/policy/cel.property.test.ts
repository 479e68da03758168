import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCel, type Cel } from '../../engines/cel/cel.ts';
import { engineBuildMs, startPool } from '../../engines/render/__fixtures__/engine.ts';
import type { RenderPool } from '../../engines/render/render-pool.ts';
import { celText } from './cel.ts';

let pool: RenderPool;
let cel: Cel;
beforeAll(async () => {
  pool = await startPool({ size: 1 });
  cel = createCel({ request: (job) => pool.request({ ...job, deadlineMs: 60_000 }) });
}, engineBuildMs);
afterAll(() => pool.close());

test('any text is the literal of itself, whatever is in it', async () => {
  const special = fc.constantFrom("'", '"', '\\', '\n', '\r', '\0', '\u2028', '\ud800', 'a', '\\n');
  const unit = fc.oneof(special, fc.string({ unit: 'binary', maxLength: 3 }));
  const texts = fc.sample(
    fc.array(unit, { maxLength: 8 }).map((parts) => parts.join('')),
    300,
  );
  const verdicts = await cel.evaluate(
    texts.map((text) => ({ source: `${celText(text)} == texts[${texts.indexOf(text)}]` })),
    { texts: texts.map((text) => text.toWellFormed()) },
    { tenant: 'test' },
  );
  const wrong = texts.filter((_, index) => {
    const verdict = verdicts[index];
    return !verdict || 'fault' in verdict || !verdict.value;
  });
  expect(wrong).toEqual([]);
});
