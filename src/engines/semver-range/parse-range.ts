import type { Comparator, Operator, Precision } from './comparator.ts';
import { parseVersion } from './version.ts';

const part = '(?:[0-9]+|[xX*])';
const suffix = '(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?';
const partial = `v?${part}(?:\\.${part}){0,2}${suffix}`;
const operator = '=>|>=|=<|<=|!=|~>|[=<>~^]';

const hyphenRange = new RegExp(`(${partial})\\s+-\\s+(${partial})`, 'g');
const comparatorToken = new RegExp(`(${operator})?\\s*(${partial})(\\s*,\\s*|\\s+|$)`, 'y');
const partialVersion = new RegExp(
  `^v?(${part})(?:\\.(${part}))?(?:\\.(${part}))?(-[^+]+)?(?:\\+.*)?$`,
);

const maxRangeLength = 512;

/** The or of ands a range text says; undefined when it is not one. */
export function parseRange(text: string): Comparator[][] | undefined {
  if (text.length > maxRangeLength) return undefined;
  const groups = text.replace(hyphenRange, '>=$1 <=$2').split('||').map(parseGroup);
  return groups.every((group) => group !== undefined) ? groups : undefined;
}

function parseGroup(text: string): Comparator[] | undefined {
  const trimmed = text.trim();
  const comparators: Comparator[] = [];
  let at = 0;
  let separator = ',';
  while (at < trimmed.length) {
    comparatorToken.lastIndex = at;
    const match = comparatorToken.exec(trimmed);
    const comparator = match && parseComparator(match[1] ?? '=', match[2] ?? '');
    if (!match || !comparator) return undefined;
    comparators.push(comparator);
    separator = (match[3] ?? '').trim();
    at = comparatorToken.lastIndex;
  }
  // Nothing at all, or a comma with nothing behind it.
  return separator === ',' ? undefined : comparators;
}

const synonyms: Readonly<Record<string, Operator>> = { '=>': '>=', '=<': '<=', '~>': '~' };

function parseComparator(sign: string, text: string): Comparator | undefined {
  const [, major = '', minor = '', patch = '', pre = ''] = partialVersion.exec(text) ?? [];
  const numbers = [major, minor, patch];
  const firstOpen = numbers.findIndex((number) => !/^[0-9]/.test(number));
  const precision = (firstOpen < 0 ? 3 : firstOpen) as Precision;
  const filled = numbers.map((number, index) => (index < precision ? number : '0'));
  const base = parseVersion(`${filled.join('.')}${pre}`);
  if (!base) return undefined;
  return { operator: synonyms[sign] ?? (sign as Operator), base, precision };
}
