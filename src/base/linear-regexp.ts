import { setFlagsFromString } from 'node:v8';

/** A regular expression that is anchored at both ends. */
export interface LinearRegExp {
  test(text: string): boolean;
  /** What a character of text costs at most, in states that are followed: to be bounded by who matches much. */
  cost: number;
}

/** V8's own flag: it matches without backtracking, or refuses. Nothing else uses it. */
const linear = 'l';
setFlagsFromString('--enable-experimental-regexp-engine');

/** Longest pattern: names it is to match have at most 253 characters. */
const maxLength = 500;
/** How often V8 lets nested counts of repetition, which are written out, repeat a part. */
const maxReplication = 16;
const names = /^[\w-]+(?:\|[\w-]+)*$/;

/**
 * A pattern from a tenant, matched in time linear in the text, whatever it is made of. Undefined
 * when it is no pattern, too long, or cannot be matched so: what looks around or back, and what is
 * repeated very often.
 */
export function linearRegExp(pattern: string): LinearRegExp | undefined {
  if (pattern.length > maxLength) return undefined;
  if (names.test(pattern)) {
    const among = new Set(pattern.split('|'));
    return { test: (text) => among.has(text), cost: 0 };
  }
  try {
    // By itself first, or `a)|(?:b` would leave the anchors.
    void new RegExp(pattern, linear);
    const expression = new RegExp(`^(?:${pattern})$`, linear);
    const cost = pattern.length * (pattern.includes('{') ? maxReplication : 1);
    return { test: (text) => expression.test(text), cost };
  } catch {
    return undefined;
  }
}
