import { anyCharacter, characterClass, literal, namedClass } from './character-class.ts';
import { escapedCharacter } from './escape.ts';
import { PatternError, type Flags, type Node, type Place } from './node.ts';
import { scan, type Scanner } from './scanner.ts';

const noFlags: Flags = { ignoreCase: false, multiLine: false, dotAll: false, ungreedy: false };
const flagNames: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  m: 'multiLine',
  s: 'dotAll',
  U: 'ungreedy',
};
const places: Readonly<Record<string, Place>> = {
  A: 'begin',
  z: 'end',
  b: 'boundary',
  B: 'noBoundary',
};
const maxDepth = 200;
const maxRepeat = 1000;
const groupName = /\(\?P?<(\w+)>/y;
const groupFlags = /\(\?([imsU]*)(-?)([imsU]*)([:)])/y;
const count = /\{(\d+)(?:(,)(\d*))?\}/y;
const quoted = /\\Q(.*?)(?:\\E|$)/sy;

/** Flags hold to the end of their group: what is parsed passes them on. */
interface Context {
  scanner: Scanner;
  flags: Flags;
  depth: number;
}

/** Parses a pattern as RE2 does. @throws PatternError when it is none. */
export function parse(pattern: string): Node {
  const context = { scanner: scan(pattern), flags: noFlags, depth: 0 };
  const node = choice(context);
  if (context.scanner.peek() !== undefined) throw new PatternError('a bracket is never opened');
  return node;
}

function choice(context: Context): Node {
  if (context.depth > maxDepth) throw new PatternError('the pattern is nested too deep');
  const nodes = [sequence(context)];
  while (context.scanner.takeIf('|')) nodes.push(sequence(context));
  return { type: 'choice', nodes };
}

function sequence(context: Context): Node {
  const { scanner } = context;
  const nodes: Node[] = [];
  for (;;) {
    const next = scanner.peek();
    if (next === undefined || next === '|' || next === ')') return { type: 'sequence', nodes };
    const parsed = scanner.comes('\\Q') ? quotation(context) : atom(context);
    if (!parsed) continue;
    const last = parsed.pop();
    nodes.push(...parsed);
    if (last) nodes.push(repeated(last, scanner));
  }
}

/** Characters between `\Q` and `\E`, which mean themselves. */
function quotation({ scanner, flags }: Context): Node[] {
  const [, text = ''] = scanner.takeMatch(quoted) ?? [];
  return Array.from(text).map((each) => ({ type: 'character', test: literal(each, flags) }));
}

/** What a quantifier may follow; undefined for flags, which match nothing. */
function atom(context: Context): Node[] | undefined {
  const { scanner } = context;
  if (scanner.comes('(')) {
    const node = group(context);
    return node && [node];
  }
  return [single(context)];
}

function single({ scanner, flags }: Context): Node {
  const named = namedClass(scanner, flags);
  if (named) return { type: 'character', test: named };
  const next = scanner.take();
  switch (next) {
    case '^':
      return { type: 'assertion', place: flags.multiLine ? 'beginLine' : 'begin' };
    case '$':
      return { type: 'assertion', place: flags.multiLine ? 'endLine' : 'end' };
    case '.':
      return { type: 'character', test: anyCharacter(flags) };
    case '[':
      return { type: 'character', test: characterClass(scanner, flags) };
    case '\\':
      return escape(scanner, flags);
    case '*':
    case '+':
    case '?':
      throw new PatternError('there is nothing to repeat');
    default:
      return { type: 'character', test: literal(next, flags) };
  }
}

function escape(scanner: Scanner, flags: Flags): Node {
  const place = places[scanner.peek() ?? ''];
  if (place === undefined) {
    return { type: 'character', test: literal(escapedCharacter(scanner), flags) };
  }
  scanner.take();
  return { type: 'assertion', place };
}

function group(context: Context): Node | undefined {
  const { scanner, depth } = context;
  if (scanner.takeMatch(groupName)) return closed({ ...context, depth: depth + 1 });
  const [, on = '', minus = '', off = '', end] = scanner.takeMatch(groupFlags) ?? [];
  if (end === undefined) {
    scanner.take();
    if (scanner.comes('?')) throw new PatternError('a group is of no kind that RE2 has');
    return closed({ ...context, depth: depth + 1 });
  }
  if (minus !== '' && off === '') throw new PatternError('no flag follows the minus');
  const flags = withFlags(context.flags, on, off);
  if (end === ':') return closed({ ...context, flags, depth: depth + 1 });
  context.flags = flags;
  return undefined;
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed = { ...flags };
  for (const [names, value] of [[on, true] as const, [off, false] as const]) {
    for (const name of names) changed[flagNames[name] ?? 'ungreedy'] = value;
  }
  return changed;
}

function closed(context: Context): Node {
  const node = choice(context);
  if (!context.scanner.takeIf(')')) throw new PatternError('a bracket is never closed');
  return node;
}

function repeated(node: Node, scanner: Scanner): Node {
  const [min, max] = quantifier(scanner) ?? [1, 1];
  if (min === 1 && max === 1) return node;
  scanner.takeIf('?');
  if (isQuantifier(scanner)) throw new PatternError('what is repeated is repeated again');
  return { type: 'repetition', node, min, max };
}

function isQuantifier(scanner: Scanner): boolean {
  return ['*', '+', '?'].some((each) => scanner.comes(each));
}

function quantifier(scanner: Scanner): [number, number] | undefined {
  if (scanner.takeIf('*')) return [0, Infinity];
  if (scanner.takeIf('+')) return [1, Infinity];
  if (scanner.takeIf('?')) return [0, 1];
  const [, least, comma, most] = scanner.takeMatch(count) ?? [];
  if (least === undefined) return undefined;
  const min = Number(least);
  const max = comma === undefined ? min : Number(most || Infinity);
  if (min > maxRepeat || (max !== Infinity && max > maxRepeat) || max < min) {
    throw new PatternError('a count of repetitions is out of bounds');
  }
  return [min, max];
}
