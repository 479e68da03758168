import type { AllowedValues } from '../../api/capsule/namespace-policies.ts';
import { re2 } from '../../base/re2/re2.ts';

/** Names or a pattern, as an allow-list or a list of what is denied has them. */
type Listed = Pick<AllowedValues, 'names' | 'pattern'>;

/** Whether a list has a value: by name, or because its pattern is found in it. */
export function isListed({ names, pattern }: Listed, value: string): boolean {
  return names.includes(value) || (pattern !== undefined && matches(value, pattern));
}

/** CEL's `matches`: the pattern is looked for anywhere. One that cannot be read finds nothing. */
export function matches(value: string, pattern: string): boolean {
  return re2(pattern)?.test(value) ?? false;
}

/** {@link isListed} in CEL; `list` and `value` are expressions. */
export const isListedCel = (list: string, value: string): string =>
  `(${value} in ${list}.names || (has(${list}.pattern) && ${value}.matches(${list}.pattern)))`;
