import { re2 } from '../../../base/re2/re2.ts';
import type { Match } from '../../../api/capsule/rules/match.ts';

/** What is wrong with a rule, and where: `spec.rules[0].enforce… is invalid: why`. */
export type Problem = string;

/** A problem of what lies at a path. */
export function problem(path: string, why: string): Problem {
  return `${path} is invalid: ${why}`;
}

/** {@link problem} where something does not hold. */
export function unless(holds: boolean, path: string, why: string): Problem[] {
  return holds ? [] : [problem(path, why)];
}

/** Each item's problems, with its path. */
export function ofEach<T>(
  items: readonly T[] | undefined,
  path: string,
  problems: (item: T, path: string) => Problem[],
): Problem[] {
  return (items ?? []).flatMap((item, index) => problems(item, `${path}[${index}]`));
}

/** What is filled in by a template is looked at once it has been. */
export const isTemplate = (text: string): boolean => text.includes('{{');

/** A regular expression that the API server can match. */
export function expressionProblems({ exp }: Pick<Match, 'exp'>, path: string): Problem[] {
  const isFine = exp === undefined || isTemplate(exp) || re2(exp) !== undefined;
  return unless(isFine, `${path}.exp`, `'${exp}' is no regular expression (RE2)`);
}
