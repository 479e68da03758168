/**
 * What came of an attack: `refused` is good, `allowed` is a hole. `skipped`: the cluster has no such
 * feature, or it is not configured. `untried`: something was in the way, so that nothing is known.
 */
export type Verdict = 'refused' | 'allowed' | 'skipped' | 'untried';

export interface Outcome {
  verdict: Verdict;
  /** Who refused, what was allowed, or why it was not tried. */
  detail: string;
}

export const refused = (detail: string): Outcome => ({ verdict: 'refused', detail });

export const allowed = (detail: string): Outcome => ({ verdict: 'allowed', detail });

export const skipped = (detail: string): Outcome => ({ verdict: 'skipped', detail });

export const untried = (detail: string): Outcome => ({ verdict: 'untried', detail });

const order: readonly Verdict[] = ['allowed', 'untried', 'refused', 'skipped'];
const shown = 3;

/** What several tries come to: one that is allowed is a hole, one that could not be made leaves a doubt. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  const verdict = order.find((each) => outcomes.some((outcome) => outcome.verdict === each));
  if (verdict === undefined) return untried('there was nothing to try');
  const details = outcomes.filter((each) => each.verdict === verdict).map(({ detail }) => detail);
  // Who refuses is often the same: the first says enough. What is allowed is all of interest.
  const told = verdict === 'allowed' ? [...new Set(details)].slice(0, shown) : details.slice(0, 1);
  return { verdict, detail: told.join('; ') };
}
