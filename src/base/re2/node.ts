/** Where an assertion holds; lines are those of `(?m)`. */
export type Place = 'begin' | 'end' | 'beginLine' | 'endLine' | 'boundary' | 'noBoundary';

/** A parsed regular expression. */
export type Node =
  | { type: 'character'; test: (codePoint: number) => boolean }
  | { type: 'assertion'; place: Place }
  | { type: 'sequence'; nodes: readonly Node[] }
  | { type: 'choice'; nodes: readonly Node[] }
  /** `max` may be infinite. */
  | { type: 'repetition'; node: Node; min: number; max: number };

/** What `(?ims)` switches on. */
export interface Flags {
  ignoreCase: boolean;
  multiLine: boolean;
  dotAll: boolean;
  /** `U`: matters for what is captured only, which is never asked here. */
  ungreedy: boolean;
}

/** A pattern that is none. */
export class PatternError extends Error {
  override name = 'PatternError';
}
