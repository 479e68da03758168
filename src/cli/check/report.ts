import { formatTable, plain } from '../table.ts';
import type { Verdict } from './outcome.ts';
import type { Attack } from './attack.ts';
import type { Result } from './run-attacks.ts';

/** What `tenantry check` found. */
export interface CheckReport {
  /** Name of the run: everything that it made bears it. */
  run: string;
  /** How many attacks came to what. */
  summary: Record<Verdict, number>;
  results: Result[];
  /** What is still being deleted. */
  left: string[];
}

export function reportOf(run: string, results: Result[], left: string[]): CheckReport {
  const count = (verdict: Verdict) => results.filter((each) => each.verdict === verdict).length;
  const summary = {
    refused: count('refused'),
    allowed: count('allowed'),
    skipped: count('skipped'),
    untried: count('untried'),
  };
  return { run, summary, results, left };
}

const marks: Record<Verdict, string> = { refused: '✔', allowed: '✗', skipped: '-', untried: '?' };
const words: Record<Verdict, string> = {
  refused: 'refused',
  allowed: 'ALLOWED',
  skipped: 'skipped',
  untried: 'not tried',
};

/** One line while it runs. */
export const formatProgress = ({ id, title, verdict }: Result): string =>
  `${marks[verdict]} ${id}: ${title}: ${words[verdict]}`;

/** The report for people: every attack, and what to do about those that did not end well. */
export function formatReport({ run, summary, results, left }: CheckReport): string {
  const rows = results.map(({ verdict, id, title, benchmarks = [] }) => [
    `${marks[verdict]} ${words[verdict]}`,
    id,
    benchmarks.join(' '),
    title,
  ]);
  const table = formatTable(['RESULT', 'ATTACK', 'BENCHMARK', 'WHAT THE TENANT DOES'], rows);
  const told = (['allowed', 'untried'] as const).flatMap((verdict) =>
    results.filter((each) => each.verdict === verdict).map(formatResult),
  );
  const { refused, allowed, skipped, untried } = summary;
  const counts = `${results.length} attacks: ${refused} refused, ${allowed} allowed, ${untried} could not be tried, ${skipped} skipped`;
  const still = left.length === 0 ? [] : [`${run}: ${formatLeft(left)}`];
  return [table, ...told, ...formatSkipped(results), ...still, counts].join('\n\n');
}

/** Many attacks are often skipped for one reason. */
function formatSkipped(results: readonly Result[]): string[] {
  const skipped = results.filter(({ verdict }) => verdict === 'skipped');
  const lines = [...Map.groupBy(skipped, ({ detail }) => detail)].map(
    ([detail, some]) => `- ${plain(detail)}: ${some.map(({ id }) => id).join(', ')}`,
  );
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** What is left of checks. */
export const formatLeft = (left: readonly string[]): string =>
  left.length === 0 ? 'nothing is left' : `still being deleted: ${left.map(plain).join(', ')}`;

function formatResult({ verdict, id, title, detail, why, remedy }: Result): string {
  const lines = [`${marks[verdict]} ${id}: a tenant ${title}`];
  if (verdict !== 'allowed') return [...lines, `  ${plain(detail)}`].join('\n');
  return [
    ...lines,
    `  allowed:   ${plain(detail)}`,
    `  matters:   ${why}`,
    `  to refuse: ${remedy}`,
  ].join('\n');
}

/** The attacks there are, for `--list`. */
export const formatList = (attacks: readonly Omit<Attack, 'attempt'>[]): string =>
  formatTable(
    ['ATTACK', 'BENCHMARK', 'WHAT THE TENANT DOES'],
    attacks.map(({ id, benchmarks = [], title }) => [id, benchmarks.join(' '), title]),
  );

/** 0 when nothing was allowed and nothing is left in doubt; 2 where something is. */
export function exitCodeOf({ summary }: CheckReport): number {
  if (summary.allowed > 0) return 1;
  return summary.untried > 0 || summary.refused === 0 ? 2 : 0;
}
