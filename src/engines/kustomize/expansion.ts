import { RenderError } from '../render/render-error.ts';
import { trimPattern, type Trim } from './shell-pattern.ts';

/** Accounts for reading or writing that many characters; throws when there are too many. */
export type Spend = (work: number) => void;

/** Operators that are about variables without a value. */
export function isDefaultOperator(operator: string): boolean {
  return /^:?[-=]$/.test(operator);
}

const trims: Readonly<Record<string, Trim>> = {
  '#': { end: 'prefix', extent: 'shortest' },
  '##': { end: 'prefix', extent: 'longest' },
  '%': { end: 'suffix', extent: 'shortest' },
  '%%': { end: 'suffix', extent: 'longest' },
};

/**
 * What an expression is worth: `value` after `operator`, which has been given `args`. The empty
 * operator is the plain `${v}`. Lengths and positions count bytes of UTF-8.
 */
export function applyOperator(
  value: string,
  operator: string,
  args: readonly string[],
  spend: Spend,
): string {
  const [first = '', second = ''] = args;
  spend(value.length + first.length + second.length);
  const trim = trims[operator];
  if (trim) {
    spend(value.length * (first.length + 1));
    return trimPattern(value, first, trim);
  }
  if (isDefaultOperator(operator)) return value === '' ? first : value;
  if (operator.startsWith('/')) return replace(value, operator, args, spend);
  if (operator === ':') return slice(value, args);
  return operator === 'length' ? String(Buffer.byteLength(value)) : changeCase(value, operator);
}

function changeCase(value: string, operator: string): string {
  const map = operator.startsWith('^') ? upper : lower;
  switch (operator) {
    case '^^':
    case ',,':
      return Array.from(value, map).join('');
    case '^':
    case ',': {
      const [first = ''] = value;
      return map(first) + value.slice(first.length);
    }
    default:
      return value;
  }
}

// One character stays one: some become several in full upper case, and must not here.
const upper = (character: string) => sameLength(character, character.toUpperCase());
const lower = (character: string) => sameLength(character, character.toLowerCase());

function sameLength(character: string, mapped: string): string {
  return Array.from(mapped).length === 1 ? mapped : character;
}

function replace(value: string, operator: string, args: readonly string[], spend: Spend): string {
  const [pattern = '', substitute = ''] = args;
  if (pattern === '') return value;
  switch (operator) {
    case '/#':
      return args.length === 2 && value.startsWith(pattern)
        ? substitute + value.slice(pattern.length)
        : value;
    case '/%':
      return args.length === 2 && value.endsWith(pattern)
        ? value.slice(0, -pattern.length) + substitute
        : value;
    case '/':
      return value.replace(pattern, () => substitute);
    default: {
      const parts = value.split(pattern);
      spend((parts.length - 1) * substitute.length);
      return parts.join(substitute);
    }
  }
}

/** Text where a number should be changes nothing, as in the shell. */
function slice(value: string, args: readonly string[]): string {
  const bytes = Buffer.from(value);
  const [position, length] = args.map(toInteger);
  if (position === undefined || (args.length > 1 && length === undefined)) return value;
  if (length !== undefined && length < 0) {
    throw new RenderError('substitution-failed', 'a slice has a negative length');
  }
  const start = position < 0 ? Math.max(0, bytes.length + position) : position;
  return bytes.toString('utf8', start, length === undefined ? bytes.length : start + length);
}

function toInteger(text: string): number | undefined {
  if (!/^[-+]?[0-9]{1,19}$/.test(text)) return undefined;
  return Math.min(Math.max(Number(text), -(2 ** 31)), 2 ** 31);
}
