import type { Pattern } from '../../api/capsule/rules/checks.ts';
import { re2 } from '../../base/re2/re2.ts';

/** Whether a value matches: a listed one, or what the expression matches anywhere in it; or neither. */
export function matchesPattern({ exact, exp, negate }: Pattern, value: string): boolean {
  const isMatch = exact.includes(value) || (exp !== undefined && isFound(exp, value));
  return isMatch !== negate;
}

/** The same in CEL, of a pattern and a value that are expressions. */
export const matchesPatternCel = (pattern: string, value: string): string =>
  `((${value} in ${pattern}.exact || (has(${pattern}.exp) && ${value}.matches(${pattern}.exp))) != ${pattern}.negate)`;

/** Whether an expression matches anywhere in a text. One that is none matches nothing. */
export function isFound(exp: string, text: string): boolean {
  return re2(exp)?.test(text) ?? false;
}
