import { PatternError, type Node, type Place } from './node.ts';

/** One state of the automaton; `next` are indices of others. */
export type State =
  | { type: 'character'; test: (codePoint: number) => boolean; next: number }
  | { type: 'assertion'; place: Place; next: number }
  | { type: 'split'; next: readonly number[] }
  | { type: 'match' };

/** States of one pattern: each is looked at once per character of a text. */
const maxStates = 20_000;

export interface Program {
  states: readonly State[];
  start: number;
}

/** An automaton that follows all ways through a pattern at once. @throws PatternError if it is too large. */
export function compile(root: Node): Program {
  const states: State[] = [{ type: 'match' }];
  const add = (state: State): number => {
    if (states.length >= maxStates) throw new PatternError('the pattern is too large');
    return states.push(state) - 1;
  };
  /** The state that matches `node` and goes on at `next`. */
  const enter = (node: Node, next: number): number => {
    if (node.type === 'repetition') return repeat(node, next);
    if (node.type === 'sequence') {
      return node.nodes.reduceRight((after, each) => enter(each, after), next);
    }
    if (node.type === 'choice') {
      return add({ type: 'split', next: node.nodes.map((each) => enter(each, next)) });
    }
    return add({ ...node, next });
  };
  const repeat = ({ node, min, max }: Node & { type: 'repetition' }, next: number): number => {
    let at = next;
    if (max === Infinity) {
      const loop = add({ type: 'split', next: [next] });
      states[loop] = { type: 'split', next: [next, enter(node, loop)] };
      at = loop;
    } else {
      for (let optional = min; optional < max; optional++) {
        at = add({ type: 'split', next: [next, enter(node, at)] });
      }
    }
    for (let required = 0; required < min; required++) at = enter(node, at);
    return at;
  };
  const start = enter(root, 0);
  return { states, start };
}
