import * as fc from 'fast-check';

/** Generated cases that are looked through before an answer counts as never given. */
const most = 50_000;
const batch = 500;

/**
 * One case for each answer: `examples` of a property whose random cases meet them in most runs only.
 * The same cases every time, whatever the seed of the run. Throws when an answer is never given.
 */
export function examplesOfEach<Case, Answer>(
  cases: fc.Arbitrary<Case>,
  answers: Iterable<Answer>,
  answerTo: (example: Case) => Answer,
): Case[] {
  const missing = new Set(answers);
  const found: Case[] = [];
  for (let seed = 0; missing.size > 0 && seed * batch < most; seed += 1) {
    for (const example of fc.sample(cases, { seed, numRuns: batch })) {
      if (missing.delete(answerTo(example))) found.push(example);
    }
  }
  if (missing.size > 0) throw new Error(`never answered: ${[...missing].join(', ')}`);
  return found;
}
