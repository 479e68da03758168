import { PatternError } from './node.ts';
import type { Scanner } from './scanner.ts';

const control: Readonly<Record<string, string>> = {
  a: '\x07',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const octal = /(0[0-7]{0,2}|[1-7][0-7]{1,2})/y;
const hexadecimal = /x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/y;

/** The character that an escape stands for, after its backslash. */
export function escapedCharacter(scanner: Scanner): string {
  const [, digits] = scanner.takeMatch(octal) ?? [];
  if (digits !== undefined) return String.fromCodePoint(parseInt(digits, 8));
  const [, braced, plain] = scanner.takeMatch(hexadecimal) ?? [];
  const hex = braced ?? plain;
  if (hex !== undefined) return fromCode(parseInt(hex, 16));
  const next = scanner.take();
  const known = control[next];
  if (known !== undefined) return known;
  // Letters and digits that mean nothing are refused, so that they can be given a meaning.
  if (/[0-9A-Za-z]/.test(next) || next.length > 1 || next > '\x7f') {
    throw new PatternError(`there is no escape \\${next}`);
  }
  return next;
}

function fromCode(code: number): string {
  if (code > 0x10ffff) throw new PatternError('a code point is too large');
  return String.fromCodePoint(code);
}
