import { escapedCharacter } from './escape.ts';
import { PatternError, type Flags } from './node.ts';
import type { Scanner } from './scanner.ts';

type Test = (codePoint: number) => boolean;

/** Perl's classes, which are of ASCII in RE2. */
const perl: Readonly<Record<string, string>> = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };

const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const posixName = /\[:(\^?)(\w+):\]/y;
const propertyName = /\\([pP])(?:\{(\^?)([^}]*)\}|([A-Z]))/y;
const perlName = /\\([dDsSwW])/y;
const highest = 0x10ffff;

/** A test of single code points by the engine's own classes, whose case folding is Unicode's too. */
function membership(source: string, { ignoreCase }: Pick<Flags, 'ignoreCase'>): Test {
  const expression = new RegExp(`^[${source}]$`, ignoreCase ? 'iu' : 'u');
  return (codePoint) => expression.test(String.fromCodePoint(codePoint));
}

const not =
  (test: Test): Test =>
  (codePoint) =>
    !test(codePoint);

/** One code point, in either case if that is ignored. */
export function literal(character: string, flags: Flags): Test {
  const wanted = character.codePointAt(0) ?? 0;
  return flags.ignoreCase
    ? membership(inClass(wanted), flags)
    : (codePoint) => codePoint === wanted;
}

/** `.`, which is everything but a line's end, or everything. */
export function anyCharacter({ dotAll }: Flags): Test {
  return dotAll ? () => true : (codePoint) => codePoint !== 0x0a;
}

/** `\d`, `\pL` and the like; undefined when none comes next. */
export function namedClass(scanner: Scanner, flags: Flags): Test | undefined {
  const [, short] = scanner.takeMatch(perlName) ?? [];
  if (short !== undefined) {
    const test = membership(perl[short.toLowerCase()] ?? '', flags);
    return short === short.toLowerCase() ? test : not(test);
  }
  const [, sign, inverse, long, letter] = scanner.takeMatch(propertyName) ?? [];
  if (sign === undefined) return undefined;
  const test = membership(property(long ?? letter ?? ''), flags);
  return (sign === 'P') !== (inverse === '^') ? not(test) : test;
}

/** A general category, or a script. */
function property(name: string): string {
  if (name === 'Any') return '\\u{0}-\\u{10FFFF}';
  const names = [`\\p{${name}}`, `\\p{Script=${name}}`];
  const known = /^\w+$/.test(name) ? names.find(isClass) : undefined;
  if (known === undefined) throw new PatternError(`there is no class of characters ${name}`);
  return known;
}

function isClass(source: string): boolean {
  try {
    return new RegExp(`[${source}]`, 'u').source !== '';
  } catch {
    return false;
  }
}

/** `[…]`, after its first bracket. */
export function characterClass(scanner: Scanner, flags: Flags): Test {
  const isInverse = scanner.takeIf('^');
  const tests: Test[] = [];
  for (let isFirst = true; isFirst || !scanner.comes(']'); isFirst = false) {
    tests.push(classItem(scanner, flags));
  }
  scanner.take();
  const test: Test = (codePoint) => tests.some((each) => each(codePoint));
  return isInverse ? not(test) : test;
}

function classItem(scanner: Scanner, flags: Flags): Test {
  const [, inverse, name] = scanner.takeMatch(posixName) ?? [];
  if (name !== undefined) {
    const source = posix[name];
    if (source === undefined) throw new PatternError(`there is no class [:${name}:]`);
    const test = membership(source, flags);
    return inverse === '^' ? not(test) : test;
  }
  return namedClass(scanner, flags) ?? range(scanner, flags);
}

function range(scanner: Scanner, flags: Flags): Test {
  const from = classCharacter(scanner);
  const isRange = scanner.comes('-') && !scanner.comes('-]');
  if (isRange) scanner.take();
  const to = isRange ? classCharacter(scanner) : from;
  if (to < from || to > highest) throw new PatternError('a range of characters is upside down');
  if (flags.ignoreCase) return membership(`${inClass(from)}-${inClass(to)}`, flags);
  return (codePoint) => codePoint >= from && codePoint <= to;
}

function classCharacter(scanner: Scanner): number {
  const next = scanner.take();
  const character = next === '\\' ? escapedCharacter(scanner) : next;
  return character.codePointAt(0) ?? 0;
}

function inClass(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}
