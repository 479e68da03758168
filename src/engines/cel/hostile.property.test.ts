import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineBuildMs, startPool } from '../render/__fixtures__/engine.ts';
import type { RenderPool } from '../render/render-pool.ts';
import { createCel, type Cel } from './cel.ts';

let pool: RenderPool;
let cel: Cel;
let lost = 0;
beforeAll(async () => {
  const processChanged = (change: string) => void (lost += change === 'lost' ? 1 : 0);
  pool = await startPool({ metrics: { processChanged } });
  // What ends at its cost does so on a slow machine as well, where the deadline would come first.
  cel = createCel({ request: (job) => pool.request({ ...job, deadlineMs: 60_000 }) });
}, engineBuildMs);
afterAll(() => pool.close());

const values = {
  list: Array.from({ length: 1_000 }, (_, index) => index),
  objects: Array.from({ length: 500 }, (_, index) => ({ name: `n${index}`, at: { index } })),
  text: 'a'.repeat(50_000),
};

/** The code of the fault that evaluating came to, or the value. */
async function outcomeOf(source: string): Promise<string> {
  const [verdict] = await cel.evaluate([{ source }], values, { tenant: 'evil' });
  if (!verdict) return 'nothing';
  return 'fault' in verdict ? verdict.fault.code : String(verdict.value);
}

/** Every such expression ends for its cost, and in the process that began it. */
async function endsAtItsCost(sources: fc.Arbitrary<string>, numRuns: number): Promise<void> {
  const before = lost;
  const property = fc.asyncProperty(sources, async (source) => {
    expect(await outcomeOf(source)).toBe('cost');
  });
  await fc.assert(property, { numRuns });
  expect(lost).toBe(before);
}

const range = fc.constantFrom('list', 'objects', 'list.map(m, [m, m])', 'objects.map(o, o.name)');
const loop = fc.constantFrom(
  (over: string, x: string, inner: string) => `${over}.all(${x}, ${inner})`,
  (over: string, x: string, inner: string) => `!${over}.exists(${x}, !(${inner}))`,
  (over: string, x: string, inner: string) => `(${over}.exists_one(${x}, ${inner}) || true)`,
  (over: string, x: string, inner: string) => `${over}.filter(${x}, ${inner}).size() >= 0`,
  (over: string, x: string, inner: string) => `${over}.map(${x}, ${inner}).size() >= 0`,
);
const leaf = fc.constantFrom(
  'true',
  'objects == objects',
  "(text + 'b').endsWith('b')",
  '1 in list',
);

it('comprehensions within comprehensions', async () => {
  const levels = fc.array(fc.tuple(range, loop), { minLength: 2, maxLength: 10 });
  const nested = fc
    .tuple(leaf, levels)
    .map(([body, loops]) =>
      loops.reduce<string>(
        (inner, [over, around], depth) => around(over, `x${depth}`, inner),
        body,
      ),
    );
  await endsAtItsCost(nested, 15);
});

it('texts that grow', async () => {
  const growth = fc.constantFrom(
    ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaa')",
    ".split('').map(c, c + 'aaaaaaaaaaaaaaaaaaaaaa').join('')",
  );
  const grown = fc
    .array(growth, { minLength: 2, maxLength: 12 })
    .map((steps) => `text${steps.join('')} == ''`);
  await endsAtItsCost(grown, 15);
});

it('regular expressions that repeat what repeats', async () => {
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', '.', '[^b]', 'aa'),
      tie('pattern').map((inner) => `(${inner})*`),
      tie('pattern').map((inner) => `(${inner})+?`),
      fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other}){1,5}`),
    ),
  }));
  const matching = pattern.map((each) => `list.all(x, text.matches('^${each}b$') || true)`);
  await endsAtItsCost(matching, 15);
});

it('what the cost does not foresee costs a process, and nobody else notices', async () => {
  const eaten = await cel.evaluate([{ source: "text.replace('a', text) == ''" }], values, {
    tenant: 'evil',
  });
  expect(eaten).toEqual([{ fault: { code: 'stopped' } }]);
  expect(lost).toBeGreaterThan(0);
  expect(await cel.evaluate([{ source: 'a' }], { a: true }, { tenant: 'good' })).toEqual([
    { value: true },
  ]);
});
