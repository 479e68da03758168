import { compile, type Program } from './compile.ts';
import { PatternError, type Place } from './node.ts';
import { parse } from './parse.ts';

/** A regular expression as the API server, and Go, match it. */
export interface Re2 {
  /** Whether it matches anywhere in the text; anchors are the pattern's own. */
  test(text: string): boolean;
}

const maxLength = 4096;

/**
 * A pattern in RE2's syntax, which is that of CEL's `matches` and of Go: without looking around or
 * back, by code points, in time linear in the text. Undefined when it is no pattern, or too large.
 * https://github.com/google/re2/wiki/Syntax
 */
export function re2(pattern: string): Re2 | undefined {
  if (pattern.length > maxLength) return undefined;
  try {
    const program = compile(parse(pattern));
    return {
      test: (text) =>
        run(
          program,
          Array.from(text).map((each) => each.codePointAt(0) ?? 0),
        ),
    };
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

function run({ states, start }: Program, text: readonly number[]): boolean {
  let waiting = new Set<number>();
  for (let at = 0; at <= text.length; at++) {
    const here = new Set<number>();
    if (follow([...waiting, start], here, { states, text, at })) return true;
    waiting = new Set();
    const codePoint = text[at];
    if (codePoint === undefined) return false;
    for (const index of here) {
      const state = states[index];
      if (state?.type === 'character' && state.test(codePoint)) waiting.add(state.next);
    }
  }
  return false;
}

interface Position {
  states: Program['states'];
  text: readonly number[];
  at: number;
}

/** Adds all states that are reached without a character; true when one of them is the match. */
function follow(from: number[], reached: Set<number>, position: Position): boolean {
  const pending = from;
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = position.states[index];
    if (state?.type === 'match') return true;
    if (state?.type === 'split') pending.push(...state.next);
    if (state?.type === 'assertion' && isAt[state.place](position.text, position.at))
      pending.push(state.next);
  }
  return false;
}

const isAt: Readonly<Record<Place, (text: readonly number[], at: number) => boolean>> = {
  begin: (_, at) => at === 0,
  end: (text, at) => at === text.length,
  beginLine: (text, at) => at === 0 || text[at - 1] === 0x0a,
  endLine: (text, at) => at === text.length || text[at] === 0x0a,
  boundary: (text, at) => isWord(text[at - 1]) !== isWord(text[at]),
  noBoundary: (text, at) => isWord(text[at - 1]) === isWord(text[at]),
};

function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && /\w/.test(String.fromCodePoint(codePoint));
}
