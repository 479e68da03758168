import type { Pattern } from '../../../api/capsule/rules/checks.ts';
import type { Match } from '../../../api/capsule/rules/match.ts';
import { hostname } from '../hostnames/hostname.ts';
import { showPattern } from '../shown.ts';

/** A match with nothing left out. */
export function patternOf({ exact = [], exp, negate }: Match): Pattern {
  return { exact: [...exact], ...(exp !== undefined && { exp }), negate };
}

/** {@link patternOf} with what it matches, for messages. */
export function shownPattern(match: Match): Pattern & { shown: string } {
  const pattern = patternOf(match);
  return { ...pattern, shown: showPattern(pattern) };
}

/** Of host names, which are compared by their normal form. */
export function hostnamePattern(match: Match): Pattern & { shown: string } {
  return shownPattern({ ...match, ...(match.exact && { exact: match.exact.map(hostname) }) });
}

/** Values that are listed. */
export function oneOf(values: readonly string[]): Pattern & { shown: string } {
  return shownPattern({ exact: [...values], negate: false });
}
